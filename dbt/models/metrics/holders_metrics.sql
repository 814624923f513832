{{ config(meta={'day_column': 'time'}) }}

{#- The distribution of supply over holders, all and active ones. -#}

with holder_classes as (

    select *
    from {{ ref('holder_classes') }}

),

totals as (

    select
        day,
        sum(holders) as holders,
        sum(balance) as balance
    from holder_classes
    group by day

),

bound_days as (

    select
        days.day,
        holder_bounds.bound,
        holder_bounds.kind,
        coalesce(sum(holder_classes.holders), 0) as holders,
        coalesce(sum(holder_classes.balance), 0) as balance,
        coalesce(sum(holder_classes.active_holders), 0) as active_holders,
        coalesce(sum(holder_classes.active_balance), 0) as active_balance
    from {{ ref('days') }} as days
    cross join {{ ref('holder_bounds') }} as holder_bounds
    left join holder_classes
        on
            days.day = holder_classes.day
            and holder_classes.balance_digits between holder_bounds.min_digits and holder_bounds.max_digits
            -- thresholds exclude their bound, intervals include their lower bound
            and not (
                holder_bounds.kind = 'threshold'
                and holder_classes.is_power_of_ten
                and holder_classes.balance_digits = holder_bounds.min_digits
            )
    where {{ in_window('days.day') }}
    group by days.day, holder_bounds.bound, holder_bounds.kind

),

bound_percents as (

    select
        bound_days.*,
        100 * cast(bound_days.holders as double) / nullif(cast(totals.holders as double), 0) as holders_percent,
        100 * cast(bound_days.active_holders as double)
        / nullif(cast(totals.holders as double), 0) as active_holders_percent,
        100 * cast(bound_days.balance as double) / nullif(cast(totals.balance as double), 0) as balance_percent,
        100 * cast(bound_days.active_balance as double)
        / nullif(cast(totals.balance as double), 0) as active_balance_percent
    from bound_days
    left join totals
        on bound_days.day = totals.day

),

known_values as (

    {{ metric_values(
        'bound_percents',
        amounts=['holders', 'balance', 'active_holders', 'active_balance'],
        quotients=['holders_percent', 'balance_percent', 'active_holders_percent', 'active_balance_percent'],
        key='bound',
    ) }}

)

{{ catalogue_rows('known_values') }}
