{#-
    The days that are built, and from which blocks. It depends on all that a build writes, so it is written last. A day
    that is missing here, or has another fingerprint than its raw day, has to be built again.
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
