{#-
    Members join and never leave. A run finds those that join in its window; earlier ones are read from this table.
-#}

{%- set coinbase_credits -%}
    select
        account_id,
        min(day) as day,
        min(height) as height
    from {{ ref('outputs') }}
    where
        {{ in_window() }}
        and tx_index = 0
        and value > 0
        and {{ is_user('account_id') }}
    group by account_id
{%- endset -%}

with known_members as (

    {%- if is_incremental() %}

    select
        account_id,
        hop,
        day
    from {{ this }}
    where day < date '{{ window_start() }}'
    {%- else %}

    select
        cast(null as bigint) as account_id,
        cast(null as integer) as hop,
        cast(null as date) as day
    where false
    {%- endif %}

),

new_miners as (

    select
        coinbase_credits.account_id,
        coinbase_credits.day,
        coinbase_credits.height
    from ({{ coinbase_credits }}) as coinbase_credits
    left join known_members
        on
            coinbase_credits.account_id = known_members.account_id
            and known_members.hop = 0
    where known_members.account_id is null

),

miners as (

    select
        account_id,
        day
    from new_miners

    union all

    select
        account_id,
        day
    from known_members
    where hop = 0

),

earlier_accounts as (

    select max(account_id) as last_id
    from {{ ref('user_accounts') }}
    where day < date '{{ window_start() }}'

),

miner_debits as (

    select
        inputs.height,
        inputs.tx_index,
        greatest(inputs.day, miners.day) as day
    from {{ ref('inputs') }} as inputs
    inner join miners
        on inputs.account_id = miners.account_id
    where
        {{ in_window('inputs.day') }}
        and inputs.value > 0

    union all

    -- look-back: accounts that a new miner paid before the window become members now
    select
        inputs.height,
        inputs.tx_index,
        new_miners.day
    from {{ ref('inputs') }} as inputs
    inner join new_miners
        on inputs.account_id = new_miners.account_id
    inner join earlier_accounts
        -- most new miners are new accounts, which have sent nothing: if all are, earlier days are not read
        on new_miners.account_id <= earlier_accounts.last_id
    where
        inputs.day < date '{{ window_start() }}'
        and inputs.value > 0

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
        outputs.account_id,
        miner_transactions.day,
        miner_transactions.height,
        miner_transactions.tx_index
    from {{ ref('outputs') }} as outputs
    inner join miner_transactions
        on
            outputs.height = miner_transactions.height
            and outputs.tx_index = miner_transactions.tx_index
    where
        outputs.value > 0
        and outputs.day <= date '{{ window_end() }}'
        and {{ is_user('outputs.account_id') }}

    union all

    select
        account_id,
        day,
        height,
        0 as tx_index
    from new_miners

),

first_hop_1_evidence as (

    select
        hop_1_evidence.*,
        row_number() over (
            partition by hop_1_evidence.account_id
            order by hop_1_evidence.day, hop_1_evidence.height, hop_1_evidence.tx_index
        ) as evidence_number
    from hop_1_evidence
    left join known_members
        on
            hop_1_evidence.account_id = known_members.account_id
            and known_members.hop = 1
    where known_members.account_id is null

)

select
    day,
    account_id,
    0 as hop,
    height as evidence_height,
    0 as evidence_tx_index
from new_miners

union all

select
    day,
    account_id,
    1 as hop,
    height as evidence_height,
    tx_index as evidence_tx_index
from first_hop_1_evidence
where evidence_number = 1
order by day, hop, account_id
