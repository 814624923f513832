{#-
    Members only ever join. A run finds those that join in its window; who joined before is read from this table.
-#}

with known_members as (

    {%- if is_incremental() %}

    select
        account,
        hop,
        day
    from {{ this }}
    where day < date '{{ window_start() }}'
    {%- else %}

    select
        cast(null as varchar) as account,
        cast(null as integer) as hop,
        cast(null as date) as day
    where false
    {%- endif %}

),

coinbase_credits as (

    select
        account,
        day,
        height,
        row_number() over (
            partition by account
            order by height
        ) as credit_number
    from {{ ref('balance_updates') }}
    where
        {{ in_window() }}
        and tx_index = 0
        and value > 0
        and account not in {{ virtual_accounts() }}

),

new_miners as (

    select
        coinbase_credits.account,
        coinbase_credits.day,
        coinbase_credits.height
    from coinbase_credits
    left join known_members
        on
            coinbase_credits.account = known_members.account
            and known_members.hop = 0
    where
        coinbase_credits.credit_number = 1
        and known_members.account is null

),

miners as (

    select
        account,
        day
    from new_miners

    union all

    select
        account,
        day
    from known_members
    where hop = 0

),

miner_debits as (

    select
        debits.height,
        debits.tx_index,
        greatest(debits.day, miners.day) as day
    from {{ ref('balance_updates') }} as debits
    inner join miners
        on debits.account = miners.account
    where
        {{ in_window('debits.day') }}
        and debits.kind = 'input'

    union all

    -- the look-back: what a new miner had sent before the window makes its receivers members now
    select
        debits.height,
        debits.tx_index,
        new_miners.day
    from {{ ref('balance_updates') }} as debits
    inner join new_miners
        on debits.account = new_miners.account
    where
        debits.day < date '{{ window_start() }}'
        and debits.kind = 'input'

),

miner_transactions as (

    select
        height,
        tx_index,
        min(day) as day
    from miner_debits
    group by height, tx_index

),

hop_1_evidence as (

    select
        credits.account,
        miner_transactions.day,
        miner_transactions.height,
        miner_transactions.tx_index
    from {{ ref('balance_updates') }} as credits
    inner join miner_transactions
        on
            credits.height = miner_transactions.height
            and credits.tx_index = miner_transactions.tx_index
    where
        credits.value > 0
        and credits.day <= date '{{ window_end() }}'
        and credits.account not in {{ virtual_accounts() }}

    union all

    select
        account,
        day,
        height,
        0 as tx_index
    from new_miners

),

first_hop_1_evidence as (

    select
        hop_1_evidence.*,
        row_number() over (
            partition by hop_1_evidence.account
            order by hop_1_evidence.day, hop_1_evidence.height, hop_1_evidence.tx_index
        ) as evidence_number
    from hop_1_evidence
    left join known_members
        on
            hop_1_evidence.account = known_members.account
            and known_members.hop = 1
    where known_members.account is null

),

new_members as (

    select
        day,
        account,
        0 as hop,
        height as evidence_height,
        0 as evidence_tx_index
    from new_miners

    union all

    select
        day,
        account,
        1 as hop,
        height as evidence_height,
        tx_index as evidence_tx_index
    from first_hop_1_evidence
    where evidence_number = 1

)

select
    new_members.day,
    new_members.account,
    new_members.hop,
    new_members.evidence_height,
    new_members.evidence_tx_index,
    transactions.txid as evidence_txid
from new_members
inner join {{ ref('transactions') }} as transactions
    on
        new_members.evidence_height = transactions.height
        and new_members.evidence_tx_index = transactions.tx_index
