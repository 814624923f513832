{{ config(materialized='table') }}

{#- A table, because it reads all files of headers, and all models of metrics read it. -#}

select
    held_days.asset,
    min(held_days.day) as first_day,
    max(held_days.day) as last_day
from {{ read_header_days() }} as held_days
inner join {{ ref('assets') }} as assets
    on held_days.asset = assets.asset
-- leaves out blocks from before the fork: a fork's files may have those it shares with its parent chain
where held_days.day >= assets.first_day
group by held_days.asset
