{{ config(materialized='view') }}

{#- The classes of age and of price change in each range of `coin_ranges`. -#}

with classes as (

    select distinct min_days
    from {{ ref('coin_age_classes') }}

),

price_changes as (select {{ each_of(list_literal(["'gain'", "'none'", "'loss'", "'unknown'"])) }} as price_change)

select
    coin_ranges.side,
    coin_ranges.coin_range,
    classes.min_days,
    price_changes.price_change
from {{ ref('coin_ranges') }} as coin_ranges
inner join classes
    on
        coin_ranges.min_days <= classes.min_days
        and coalesce(coin_ranges.max_days, 36501) > classes.min_days
inner join price_changes
    on
        coin_ranges.price_changes is null
        or ' ' || coin_ranges.price_changes || ' ' like '% ' || price_changes.price_change || ' %'
