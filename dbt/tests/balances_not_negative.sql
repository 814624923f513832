-- No user's balance is below 0 at a day's end.
select
    day,
    account as offender,
    'its balance is ' || closing || ' satoshi' as detail
from {{ ref('account_days') }}
where
    {{ in_window() }}
    and closing < 0
    and account not in {{ virtual_accounts() }}
order by day, account
