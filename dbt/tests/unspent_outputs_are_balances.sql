-- At each keyframe an account's balance equals the sum of its unspent outputs, which is computed independently.
with output_balances as (

    select
        day,
        account_id,
        sum(value) as balance
    from {{ ref('unspent_output_keyframes') }}
    where {{ in_window() }}
    group by day, account_id
    having sum(value) <> 0

),

account_balances as (

    select
        day,
        account_id,
        balance
    from {{ ref('account_keyframes') }}
    where
        {{ in_window() }}
        and {{ is_user('account_id') }}

),

compared_balances as (

    select
        coalesce(output_balances.day, account_balances.day) as day,
        coalesce(output_balances.account_id, account_balances.account_id) as account_id,
        coalesce(output_balances.balance, 0) as unspent,
        coalesce(account_balances.balance, 0) as balance
    from output_balances
    full outer join account_balances
        on
            output_balances.day = account_balances.day
            and output_balances.account_id = account_balances.account_id

)

select
    compared_balances.day,
    {{ account_name('compared_balances.account_id') }} as offender,
    'unspent outputs ' || compared_balances.unspent
    || ', balance ' || compared_balances.balance || ' satoshi' as detail
from compared_balances
where compared_balances.unspent <> compared_balances.balance
order by compared_balances.day, offender
