with labelled_changes as (

    select
        account_states.day,
        labelled_accounts.exchange_code,
        account_states.credits + account_states.debits as change
    from {{ ref('account_states') }} as account_states
    inner join {{ ref('labelled_accounts') }} as labelled_accounts
        on account_states.account_id = labelled_accounts.account_id
    where {{ in_window('account_states.day') }}

)

select
    day,
    exchange_code as party,
    cast(sum(change) as bigint) as change
from labelled_changes
group by day, exchange_code

union all

select
    day,
    'Ex' as party,
    cast(sum(change) as bigint) as change
from labelled_changes
group by day
