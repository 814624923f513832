{{ config(meta={'day_column': 'time'}) }}

{#- Active and new accounts. -#}

{%- set windows = [7, 30, 60, 90] %}

with active_accounts as (

    select *
    from {{ ref('active_accounts') }}
    where {{ from_days_before('day', windows[-1] - 1) }}

),

day_totals as (

    select
        day,
        sum(accounts) as accounts,
        sum(receivers) as receivers,
        sum(senders) as senders,
        sum(new_accounts) as new_accounts,
        sum(new_holders) as new_holders
    from active_accounts
    group by day

),

days_before as (

    select {{ each_number(0, windows[-1] - 1) }} as number

),

span_days as (

    select
        days.day,
        days_before.number as days_ago,
        days.day - cast(days_before.number as integer) as active_day
    from {{ ref('days') }} as days
    cross join days_before
    where {{ in_window('days.day') }}

),

span_totals as (

    -- an account with an earlier entry in the span is counted on that day
    select
        {%- for window in windows %}
        sum(
            case
                when
                    span_days.days_ago < {{ window }}
                    and coalesce(active_accounts.days_since + span_days.days_ago >= {{ window }}, true)
                    then active_accounts.accounts
                else 0
            end
        ) as accounts_{{ window }}d,
        {%- endfor %}
        span_days.day
    from span_days
    inner join active_accounts
        on span_days.active_day = active_accounts.day
    group by span_days.day

),

window_days as (

    select
        {%- for window in windows %}
        coalesce(span_totals.accounts_{{ window }}d, 0) as accounts_{{ window }}d,
        {%- endfor %}
        days.day,
        coalesce(day_totals.accounts, 0) as accounts,
        coalesce(day_totals.receivers, 0) as receivers,
        coalesce(day_totals.senders, 0) as senders,
        coalesce(day_totals.new_accounts, 0) as new_accounts,
        coalesce(day_totals.new_holders, 0) as new_holders
    from {{ ref('days') }} as days
    left join day_totals
        on days.day = day_totals.day
    left join span_totals
        on days.day = span_totals.day
    where {{ in_window('days.day') }}

),

known_values as (

    {{ metric_values(
        'window_days',
        amounts=[
            'accounts',
            'accounts_7d',
            'accounts_30d',
            'accounts_60d',
            'accounts_90d',
            'receivers',
            'senders',
            'new_accounts',
            'new_holders',
        ],
    ) }}

)

{{ catalogue_rows('known_values') }}
