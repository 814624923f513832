{#-
    The days that are built, and from which blocks. Depends on all that a build writes, so that its rows come last:
    a day that is not here, or with another fingerprint than its raw day, has to be built again.
-#}
-- depends_on: {{ ref('metrics_daily') }}
-- depends_on: {{ ref('metric_gaps') }}


select
    day,
    first_height,
    last_height,
    last_hash,
    fingerprint
from {{ ref('stg_raw_days') }}
