{{ config(materialized='view') }}

{#- Why a metric of the catalogue has no value on a day: the input that does not exist. -#}

with gaps as (

    select
        metrics_daily.asset,
        metrics_daily.time,
        metrics_daily.metric,
        metric_catalog.source_model,
        coalesce(metric_catalog.alias_of, metric_catalog.id) as regular_metric,
        metric_catalog.exchange
    from {{ ref('metrics_daily') }} as metrics_daily
    inner join {{ ref('metric_catalog') }} as metric_catalog
        on metrics_daily.metric = metric_catalog.id
    where metrics_daily.value is null

),

inputs as (

    select
        block_days.asset,
        block_days.day,
        block_days.block_count,
        block_days.interval_mean,
        block_days.revenue,
        hash_rate_days.hash_rate,
        prices.price,
        count(*) over until_day as days_so_far,
        sum(block_days.revenue) over (
            partition by block_days.asset
            order by block_days.day
            rows between 29 preceding and current row
        ) as revenue_of_30_days,
        count(hash_rate_days.hash_rate) over until_day as hash_rates_so_far,
        count(hash_rate_days.revenue_per_hash_unit) over until_day as revenues_so_far,
        count(hash_rate_days.revenue_per_hash_unit * prices.price) over until_day as priced_revenues_so_far
    from {{ ref('block_days') }} as block_days
    left join {{ ref('hash_rate_days') }} as hash_rate_days
        on
            block_days.asset = hash_rate_days.asset
            and block_days.day = hash_rate_days.day
    left join {{ ref('daily_prices') }} as prices
        on
            block_days.asset = prices.asset
            and block_days.day = prices.day
    window until_day as (
        partition by block_days.asset
        order by block_days.day
        rows between unbounded preceding and current row
    )

),

reasons as (

    select
        gaps.asset,
        gaps.time,
        gaps.metric,
        case
            when gaps.source_model = 'reference_rates_daily' then 'no price of this asset on the day before'
            when gaps.regular_metric = 'HashRate30d'
                then case when inputs.hash_rates_so_far < 30 then 'fewer than 30 daily values so far' end
            when gaps.regular_metric = 'RevHash1yAvgNtv'
                then case when inputs.revenues_so_far < 365 then 'fewer than 365 daily values so far' end
            when gaps.regular_metric = 'RevHash1yAvgUSD'
                then case when inputs.priced_revenues_so_far < 365 then 'fewer than 365 daily values so far' end
            when gaps.regular_metric in ('MRI0HopAll30d', 'MRI1HopAll30d')
                then
                    case
                        when inputs.days_so_far < 30 then 'fewer than 30 days so far'
                        when inputs.revenue_of_30_days = 0 then 'no revenue in the latest 30 days'
                    end
            when
                gaps.source_model in ('exchanges_daily', 'miner_exchange_flows_daily')
                and parties.party is null
                then
                    case
                        when party_labels.labels is null then 'no address of this exchange is labelled'
                        else
                            'fewer than {{ min_labels() }} addresses of this exchange are labelled'
                            || ' (SATLEDGER_MIN_LABELS)'
                    end
            when gaps.metric like '%USD' and inputs.price is null then 'no price of this asset on this day'
            when gaps.regular_metric = 'BlkIntMean'
                then case when inputs.interval_mean is null then 'no block with a known parent on this day' end
            when gaps.regular_metric in ('RevNtv', 'RevUSD')
                then case when inputs.revenue is null then 'the headers of this asset carry no reward' end
            when gaps.source_model = 'holders_daily'
                then case when coalesce(supplies.value, 0) = 0 then 'nobody holds a balance on this day' end
            when inputs.block_count = 0 then 'no blocks on this day'
            when gaps.regular_metric = 'MOMR'
                then case when inputs.revenue = 0 then 'no revenue on this day' end
            when gaps.source_model = 'hash_rate_daily' and coalesce(inputs.hash_rate, 0) = 0
                then
                    case
                        when inputs.hash_rate is null and coalesce(inputs.interval_mean, 0) = 0
                            then 'no time between the blocks of this day'
                        else 'no proof of work on this day'
                    end
            when gaps.source_model = 'hash_rate_daily' and inputs.revenue is null
                then 'the headers of this asset carry no reward'
        end as reason
    from gaps
    -- a reference rate may lie a day after all of them
    left join inputs
        on
            gaps.asset = inputs.asset
            and gaps.time = inputs.day
    left join {{ ref('labelled_parties') }} as parties
        on gaps.exchange = parties.party
    left join {{ ref('party_labels') }} as party_labels
        on gaps.exchange = party_labels.party
    left join {{ ref('miners_metrics') }} as supplies
        on
            gaps.time = supplies.time
            and supplies.metric = 'SplyMiner1HopAllNtv'

)

select
    asset,
    time,
    metric,
    reason
from reasons
where reason is not null
