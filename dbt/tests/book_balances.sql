-- At each day's end the balances of users and of UNSPENDABLE equal minus the balance of ISSUANCE, and FEES is empty.
with balances as (

    select
        day,
        sum(users) over until_day as users,
        sum(unspendable) over until_day as unspendable,
        sum(issuance) over until_day as issuance,
        sum(fees) over until_day as fees
    from {{ ref('ledger_days') }}
    where day <= date '{{ window_end() }}'
    window until_day as (
        order by day
        rows between unbounded preceding and current row
    )

)

select
    day,
    'the book' as offender,
    'users ' || users || ', UNSPENDABLE ' || unspendable || ', ISSUANCE ' || issuance || ', FEES ' || fees as detail
from balances
where
    {{ in_window() }}
    and (users + unspendable + issuance <> 0 or fees <> 0)
order by day
