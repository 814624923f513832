-- No user's balance is below 0 at a day's end.
select
    account_states.day,
    {{ account_name('account_states.account_id') }} as offender,
    'its balance is ' || account_states.closing || ' satoshi' as detail
from {{ ref('account_states') }} as account_states
where
    {{ in_window('account_states.day') }}
    and account_states.closing < 0
    and {{ is_user('account_states.account_id') }}
order by account_states.day, offender
