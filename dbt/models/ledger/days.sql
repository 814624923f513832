{{ config(materialized='table') }}

{#- The complete days of the lake. A table, because most models of daily values read it. -#}

select day
from {{ lake_calendar() }} as calendar
order by day
