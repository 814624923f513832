{{ config(materialized='view') }}

-- names come first: see "Names" in docs/decisions/published.md
select
    account_states.day,
    accounts.account,
    account_states.closing - account_states.credits - account_states.debits as opening,
    account_states.credits,
    account_states.debits,
    account_states.closing,
    account_states.previous_change_day
from {{ ref('accounts') }} as accounts
inner join {{ ref('account_states') }} as account_states
    on accounts.account_id = account_states.account_id
