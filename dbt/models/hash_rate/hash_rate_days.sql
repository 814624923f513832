with block_days as (

    select *
    from {{ ref('block_days') }}
    where {{ in_window() }}

),

parameters as (

    select
        *,
        coalesce(
            lead(valid_from) over (
                partition by asset
                order by valid_from
            ),
            date '9999-12-31'
        ) as valid_until
    from {{ ref('hash_rate_parameters') }}
    where formula_set = '{{ var("formula_set") }}'

),

hash_rates as (

    select
        block_days.asset,
        block_days.day,
        {{ nearest_double('block_days.revenue') }} / pow(cast(10 as double), assets.decimals) as revenue,
        case parameters.kind
            when 'block_share'
                then
                    cast(block_days.block_count as double) / parameters.blocks_per_day
                    * block_days.difficulty_mean
                    * (parameters.hashes_per_difficulty / cast(parameters.hashes_per_unit as double))
                    / parameters.interval_seconds
            when 'fixed_interval'
                then
                    block_days.difficulty_mean / parameters.interval_seconds
                    * (parameters.hashes_per_difficulty / cast(parameters.hashes_per_unit as double))
            when 'observed_interval'
                then
                    block_days.difficulty_mean / nullif(block_days.interval_mean, 0)
                    * (parameters.hashes_per_difficulty / cast(parameters.hashes_per_unit as double))
            when 'chainwork'
                then
                    {{ nearest_double('block_days.work') }}
                    / parameters.interval_seconds
                    / parameters.hashes_per_unit
        end as hash_rate
    from block_days
    inner join {{ ref('assets') }} as assets
        on block_days.asset = assets.asset
    inner join parameters
        on
            block_days.asset = parameters.asset
            and block_days.day >= parameters.valid_from
            and block_days.day < parameters.valid_until

)

select
    asset,
    day,
    hash_rate,
    revenue / (nullif(hash_rate, 0) * 86400) as revenue_per_hash_unit,
    revenue / nullif(hash_rate, 0) as revenue_per_hash_rate
from hash_rates
