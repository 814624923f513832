{{ config(meta={'day_column': 'time'}) }}

select
    asset_days.asset,
    asset_days.day as time,
    'PriceUSD' as metric,
    prices.price as value,
    prices.price_text as value_text
from {{ ref('asset_days') }} as asset_days
left join {{ ref('daily_prices') }} as prices
    on
        asset_days.asset = prices.asset
        and asset_days.day = prices.day
where {{ in_window('asset_days.day') }}
