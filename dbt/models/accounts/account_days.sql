{{ config(materialized='view') }}

select
    account_states.day,
    accounts.account,
    account_states.closing - account_states.credits - account_states.debits as opening,
    account_states.credits,
    account_states.debits,
    account_states.closing,
    account_states.previous_change_day
from {{ ref('account_states') }} as account_states
inner join {{ ref('accounts') }} as accounts
    on account_states.account_id = accounts.account_id
