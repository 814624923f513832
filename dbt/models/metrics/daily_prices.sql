{{ config(materialized='table') }}

select
    asset,
    day,
    price_text,
    cast(price_text as double) as price,
    cast(replace(price_text, '.', '') as {{ huge_integer() }}) as unscaled_price,
    cast(
        case when price_text like '%.%' then length(split_part(price_text, '.', 2)) else 0 end as bigint
    ) as price_scale
from {{ read_prices() }} as prices
