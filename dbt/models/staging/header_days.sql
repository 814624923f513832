{{ config(materialized='table') }}

{#- A table, because it looks at all files of headers and all metrics read it. -#}

select
    held_days.asset,
    min(held_days.day) as first_day,
    max(held_days.day) as last_day
from {{ read_header_days() }} as held_days
inner join {{ ref('assets') }} as assets
    on held_days.asset = assets.asset
-- a fork's files may have the blocks that it shares with the chain it left: those are none of its own
where held_days.day >= assets.first_day
group by held_days.asset
