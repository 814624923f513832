{#-
    Holders and their combined balance at each bound of the day, exactly: all classes of balances above the bound, and
    single balances of the one class that it cuts. These come from the last keyframe and the changes since: -1 for an
    account's old balance, 1 for its new one. No snapshot of all balances is taken.
-#}

{%- set keyframes = kept_keyframes(ref('account_keyframes')) -%}
{%- set never = '0001-01-01' -%}
{%- set opening_day = keyframe_before_window(ref('account_keyframes')) | string -%}

with cut_classes as (

    select
        cuts.*,
        {{ latest_of(keyframes, 'cuts.day', '>=') }} as keyframe
    from {{ ref('threshold_cuts') }} as cuts
    where cuts.class is not null

),

needed_classes as (

    select distinct
        keyframe,
        class
    from cut_classes

),

genesis as (

    select *
    from {{ genesis_holding() }} as genesis_output

),

own_changes as (

    {{ own_balances(
        "account_states.day > date '" ~ opening_day ~ "' and account_states.day <= date '" ~ window_end() ~ "'"
    ) }}

),

balances as (

    select
        account_keyframes.day as keyframe,
        account_keyframes.day,
        account_keyframes.balance - coalesce(genesis.value, 0) as balance,
        1 as holders
    from {{ ref('account_keyframes') }} as account_keyframes
    left join genesis
        on account_keyframes.account_id = genesis.account_id
    where
        account_keyframes.day in (
            {%- for day in keyframes %}
            date '{{ day }}',
            {%- endfor %}
            date '{{ never }}'
        )
        and {{ is_user('account_keyframes.account_id') }}

    union all

    select
        {{ latest_of(keyframes, 'day', '>') }} as keyframe,
        day,
        opening as balance,
        -1 as holders
    from own_changes

    union all

    select
        {{ latest_of(keyframes, 'day', '>') }} as keyframe,
        day,
        closing as balance,
        1 as holders
    from own_changes

),

classified_balances as (

    select
        keyframe,
        day,
        balance,
        holders,
        {{ balance_class('balance') }} as class
    from balances
    where balance > 0

),

cut_balances as (

    select
        classified_balances.keyframe,
        classified_balances.class,
        classified_balances.day,
        classified_balances.balance,
        cast(sum(classified_balances.holders) as bigint) as holders
    from classified_balances
    inner join needed_classes
        on
            classified_balances.keyframe = needed_classes.keyframe
            and classified_balances.class = needed_classes.class
    group by
        classified_balances.keyframe,
        classified_balances.class,
        classified_balances.day,
        classified_balances.balance
    having sum(classified_balances.holders) <> 0

),

reached as (

    select
        cut_classes.day,
        cut_classes.bound,
        sum(cut_balances.holders) as holders,
        sum(cut_balances.holders * cut_balances.balance) as balance
    from cut_classes
    inner join cut_balances
        on
            cut_classes.keyframe = cut_balances.keyframe
            and cut_classes.class = cut_balances.class
            and cut_classes.day >= cut_balances.day
            and cut_classes.least_balance <= cut_balances.balance
    group by cut_classes.day, cut_classes.bound

),

ranked_balances as (

    select
        cut_classes.day,
        cut_classes.bound,
        cut_classes.largest,
        cut_balances.balance,
        cast(sum(cut_balances.holders) as bigint) as holders
    from cut_classes
    inner join cut_balances
        on
            cut_classes.keyframe = cut_balances.keyframe
            and cut_classes.class = cut_balances.class
            and cut_classes.day >= cut_balances.day
    where cut_classes.largest is not null
    group by cut_classes.day, cut_classes.bound, cut_classes.largest, cut_balances.balance

),

running_ranks as (

    select
        *,
        sum(holders) over (
            partition by day, bound
            order by balance desc
            rows between unbounded preceding and current row
        ) as holders_so_far
    from ranked_balances

),

largest_balances as (

    select
        day,
        bound,
        least(holders, greatest(largest - (holders_so_far - holders), 0)) as holders,
        balance
    from running_ranks

),

within_classes as (

    select
        day,
        bound,
        holders,
        balance
    from reached

    union all

    select
        day,
        bound,
        sum(holders) as holders,
        sum(holders * balance) as balance
    from largest_balances
    group by day, bound

),

totals as (

    -- a bound of more holders than there are takes all of them
    select
        day,
        sum(holders) as holders,
        sum(balance) as balance
    from {{ ref('balance_classes') }}
    where {{ in_window() }}
    group by day

)

select
    thresholds.day,
    thresholds.bound,
    cast(
        coalesce(cuts.holders_above + coalesce(within_classes.holders, 0), totals.holders, 0) as bigint
    ) as holders,
    cast(
        coalesce(cuts.balance_above + coalesce(within_classes.balance, 0), totals.balance, 0) as bigint
    ) as balance
from {{ ref('balance_thresholds') }} as thresholds
left join {{ ref('threshold_cuts') }} as cuts
    on
        thresholds.day = cuts.day
        and thresholds.bound = cuts.bound
left join within_classes
    on
        thresholds.day = within_classes.day
        and thresholds.bound = within_classes.bound
left join totals
    on thresholds.day = totals.day
order by thresholds.day, thresholds.bound
