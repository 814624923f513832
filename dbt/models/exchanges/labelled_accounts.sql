select
    user_accounts.day,
    user_accounts.account_id,
    exchange_addresses.exchange_code
from {{ ref('user_accounts') }} as user_accounts
inner join {{ ref('exchange_addresses') }} as exchange_addresses
    on user_accounts.account = exchange_addresses.address
where {{ in_window('user_accounts.day') }}
order by user_accounts.account_id
