-- At each keyframe an account's balance is what its unspent outputs are worth: two ways to the same state.
with output_balances as (

    select
        day,
        account,
        sum(value) as balance
    from {{ ref('unspent_output_keyframes') }}
    where {{ in_window() }}
    group by day, account
    having sum(value) <> 0

),

account_balances as (

    select
        day,
        account,
        balance
    from {{ ref('account_keyframes') }}
    where
        {{ in_window() }}
        and account not in {{ virtual_accounts() }}

)

select
    coalesce(output_balances.day, account_balances.day) as day,
    coalesce(output_balances.account, account_balances.account) as offender,
    'unspent outputs ' || coalesce(output_balances.balance, 0)
    || ', balance ' || coalesce(account_balances.balance, 0) || ' satoshi' as detail
from output_balances
full outer join account_balances
    on
        output_balances.day = account_balances.day
        and output_balances.account = account_balances.account
where coalesce(output_balances.balance, 0) <> coalesce(account_balances.balance, 0)
order by day, offender
