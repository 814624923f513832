{#-
    The days that are built, and from which blocks. Depends on all that a build writes, so that its rows come last:
    a day that is not here, or with another fingerprint than its raw day, has to be built again.
-#}
{{ config(post_hook="{{ drop_old_keyframes() }}") }}
-- depends_on: {{ ref('metrics_daily') }}
-- depends_on: {{ ref('metric_gaps') }}

select
    raw_days.day,
    raw_days.first_height,
    raw_days.last_height,
    raw_days.last_hash,
    raw_days.fingerprint
from {{ ref('stg_raw_days') }} as raw_days
where {{ in_window('raw_days.day') }}
