{#- The complete days of the lake. A table, because every model that counts days reads it. -#}

select cast(day as date) as day
from {{ lake_calendar() }} as calendar
where {{ in_window() }}
order by day
