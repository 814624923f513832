with ledger_blocks as (

    -- block metrics leave out block 0, so block 1 has no interval
    select
        asset,
        day,
        height,
        difficulty,
        work,
        cast(subsidy + fees as {{ huge_integer() }}) as revenue,
        case when height > 1 then abs({{ seconds_between('previous_time', 'time') }}) end as seconds_since_parent
    from {{ ref('blocks') }}
    where
        {{ in_window() }}
        and height > 0

),

headers as (

    select
        *,
        abs(time - previous_time) as seconds_since_parent
    from {{ read_headers() }} as headers
    where
        {{ in_window() }}
        and {{ in_months_of_window() }}

),

all_blocks as (

    select * from ledger_blocks
    union all
    select
        asset,
        day,
        height,
        difficulty,
        work,
        reward as revenue,
        seconds_since_parent
    from headers

),

block_totals as (

    select
        asset,
        day,
        count(*) as block_count,
        -- by height: a sum of doubles depends on the order
        {{ ordered_sum('difficulty', 'height') }} / count(*) as difficulty_mean,
        cast(sum(seconds_since_parent) as double) / count(seconds_since_parent) as interval_mean,
        cast(sum(work) as {{ huge_integer() }}) as work,
        cast(sum(revenue) as {{ huge_integer() }}) as revenue,
        count(revenue) as blocks_with_revenue
    from all_blocks
    group by asset, day

)

select
    asset_days.asset,
    asset_days.day,
    coalesce(block_totals.block_count, 0) as block_count,
    block_totals.difficulty_mean,
    block_totals.interval_mean,
    block_totals.work,
    case
        when block_totals.block_count is null then cast(0 as {{ huge_integer() }})
        when block_totals.blocks_with_revenue = block_totals.block_count then block_totals.revenue
    end as revenue
from {{ ref('asset_days') }} as asset_days
left join block_totals
    on
        asset_days.asset = block_totals.asset
        and asset_days.day = block_totals.day
where {{ in_window('asset_days.day') }}
