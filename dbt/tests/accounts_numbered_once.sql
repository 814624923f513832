-- An account has one number, and a number one account.
with window_accounts as (

    select
        account,
        min(account_id) as account_id,
        max(day) as day,
        count(*) as times
    from {{ ref('user_accounts') }}
    where {{ in_window() }}
    group by account

),

window_numbers as (

    select
        account_id,
        max(day) as day,
        count(*) as times
    from {{ ref('user_accounts') }}
    where {{ in_window() }}
    group by account_id

)

select
    day,
    account as offender,
    'it has ' || times || ' numbers' as detail
from window_accounts
where times > 1

union all

select
    day,
    'account number ' || account_id as offender,
    'it stands for ' || times || ' accounts' as detail
from window_numbers
where times > 1
order by day, offender
