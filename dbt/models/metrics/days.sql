{{ config(materialized='ephemeral') }}

{#- The complete days from the lake's first to the window's last. -#}

select day
from {{ lake_calendar() }} as calendar
where day <= date '{{ window_end() }}'
