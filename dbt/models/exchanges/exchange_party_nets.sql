{#-
    Who gained and who lost in each transaction that touches an exchange. In the party set `code` every exchange is a
    party of its own, in `Ex` all exchanges are one; every other account is a party named by itself.
-#}

with exchange_transactions as (

    select distinct
        balance_updates.height,
        balance_updates.tx_index
    from {{ ref('balance_updates') }} as balance_updates
    inner join {{ ref('exchange_addresses') }} as exchange_addresses
        on balance_updates.account = exchange_addresses.address
    where
        {{ in_window('balance_updates.day') }}
        and balance_updates.kind <> 'overwrite'

),

labelled_entries as (

    select
        balance_updates.day,
        balance_updates.height,
        balance_updates.tx_index,
        balance_updates.account,
        exchange_addresses.exchange_code,
        balance_updates.value
    from {{ ref('balance_updates') }} as balance_updates
    inner join exchange_transactions
        on
            balance_updates.height = exchange_transactions.height
            and balance_updates.tx_index = exchange_transactions.tx_index
    left join {{ ref('exchange_addresses') }} as exchange_addresses
        on balance_updates.account = exchange_addresses.address
    where {{ in_window('balance_updates.day') }}

),

party_entries as (

    select
        day,
        height,
        tx_index,
        'code' as party_set,
        coalesce(exchange_code, account) as party,
        exchange_code is not null as is_exchange,
        value
    from labelled_entries

    union all

    select
        day,
        height,
        tx_index,
        'Ex' as party_set,
        case when exchange_code is not null then 'Ex' else account end as party,
        exchange_code is not null as is_exchange,
        value
    from labelled_entries

),

party_nets as (

    select
        day,
        height,
        tx_index,
        party_set,
        party,
        is_exchange,
        cast(sum(value) as bigint) as net
    from party_entries
    group by day, height, tx_index, party_set, party, is_exchange
    having sum(value) <> 0

),

marked_nets as (

    -- what moves between exchanges cancels in the set Ex, and may leave it without an exchange
    select
        *,
        max(case when is_exchange then 1 else 0 end) over (
            partition by party_set, height, tx_index
        ) as exchange_took_part
    from party_nets

)

select
    day,
    height,
    tx_index,
    party_set,
    party,
    is_exchange,
    net
from marked_nets
where exchange_took_part = 1
