{{ config(materialized='table') }}

{#- A table, because it takes a listing of the lake and all metrics read it. -#}

{%- do source('lake', 'block_headers') %}

with held_days as (

    select
        split_part(file, '/', -2) as asset,
        cast(left(split_part(file, '/', -1), 10) as date) as day
    from {{ lake_files('headers/*/*.parquet') }} as headers

)

select
    held_days.asset,
    min(held_days.day) as first_day,
    max(held_days.day) as last_day
from held_days
inner join {{ ref('assets') }} as assets
    on held_days.asset = assets.asset
-- a fork's files may have the blocks that it shares with the chain it left: those are none of its own
where held_days.day >= assets.first_day
group by held_days.asset
