-- No user's balance is below 0 at a day's end.
select
    account_states.day,
    accounts.account as offender,
    'its balance is ' || account_states.closing || ' satoshi' as detail
from {{ ref('account_states') }} as account_states
inner join {{ ref('accounts') }} as accounts
    on account_states.account_id = accounts.account_id
where
    {{ in_window('account_states.day') }}
    and account_states.closing < 0
    and {{ is_user('account_states.account_id') }}
order by account_states.day, accounts.account
