{#-
    Who gained and who lost in each transaction that touches an exchange. In the party set `code` every exchange is a
    party of its own, in `Ex` all exchanges are one; every other account is a party by itself.
-#}

with exchange_transactions as (

    select distinct
        ledger_entries.height,
        ledger_entries.tx_index
    from {{ ref('ledger_entries') }} as ledger_entries
    inner join {{ ref('labelled_accounts') }} as labelled_accounts
        on ledger_entries.account_id = labelled_accounts.account_id
    where
        {{ in_window('ledger_entries.day') }}
        and ledger_entries.kind <> 'overwrite'

),

code_nets as (

    select
        ledger_entries.day,
        ledger_entries.height,
        ledger_entries.tx_index,
        labelled_accounts.exchange_code,
        case when labelled_accounts.exchange_code is null then ledger_entries.account_id end as account_id,
        cast(sum(ledger_entries.value) as bigint) as net
    from {{ ref('ledger_entries') }} as ledger_entries
    inner join exchange_transactions
        on
            ledger_entries.height = exchange_transactions.height
            and ledger_entries.tx_index = exchange_transactions.tx_index
    left join {{ ref('labelled_accounts') }} as labelled_accounts
        on ledger_entries.account_id = labelled_accounts.account_id
    where {{ in_window('ledger_entries.day') }}
    group by
        ledger_entries.day,
        ledger_entries.height,
        ledger_entries.tx_index,
        labelled_accounts.exchange_code,
        case when labelled_accounts.exchange_code is null then ledger_entries.account_id end
    having sum(ledger_entries.value) <> 0

),

exchange_nets as (

    -- transfers between exchanges cancel out in the set Ex: a transaction may have no net for it
    select
        day,
        height,
        tx_index,
        sum(net) as net
    from code_nets
    where exchange_code is not null
    group by day, height, tx_index

)

select
    code_nets.day,
    code_nets.height,
    code_nets.tx_index,
    'code' as party_set,
    code_nets.exchange_code,
    code_nets.account_id,
    code_nets.net
from code_nets
inner join exchange_nets
    on
        code_nets.height = exchange_nets.height
        and code_nets.tx_index = exchange_nets.tx_index

union all

select
    code_nets.day,
    code_nets.height,
    code_nets.tx_index,
    'Ex' as party_set,
    code_nets.exchange_code,
    code_nets.account_id,
    code_nets.net
from code_nets
inner join exchange_nets
    on
        code_nets.height = exchange_nets.height
        and code_nets.tx_index = exchange_nets.tx_index
where
    code_nets.exchange_code is null
    and exchange_nets.net <> 0

union all

select
    day,
    height,
    tx_index,
    'Ex' as party_set,
    'Ex' as exchange_code,
    cast(null as bigint) as account_id,
    cast(net as bigint) as net
from exchange_nets
where net <> 0
order by height, tx_index, party_set, account_id, exchange_code
