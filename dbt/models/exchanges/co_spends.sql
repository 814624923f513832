{{ config(materialized='view') }}

{#-
    Accounts that were spent together: two or more in one transaction, as evidence of one owner. CoinJoin-like
    transactions are no evidence: those with at least 3 accounts spent and at least 3 outputs of the same value.
-#}

with spending_accounts as (

    select distinct
        day,
        height,
        tx_index,
        account
    from {{ ref('spent_outputs') }}

),

joint_spends as (

    select
        height,
        tx_index,
        count(*) as accounts
    from spending_accounts
    group by height, tx_index
    having count(*) > 1

),

equal_outputs as (

    select
        outputs.height,
        outputs.tx_index,
        outputs.value,
        count(*) as copies
    from {{ ref('outputs') }} as outputs
    inner join joint_spends
        on
            outputs.height = joint_spends.height
            and outputs.tx_index = joint_spends.tx_index
    where joint_spends.accounts >= 3
    group by outputs.height, outputs.tx_index, outputs.value
    having count(*) >= 3

),

coinjoin_like as (

    select distinct
        height,
        tx_index
    from equal_outputs

)

select
    spending_accounts.day,
    spending_accounts.height,
    spending_accounts.tx_index,
    spending_accounts.account
from spending_accounts
inner join joint_spends
    on
        spending_accounts.height = joint_spends.height
        and spending_accounts.tx_index = joint_spends.tx_index
left join coinjoin_like
    on
        spending_accounts.height = coinjoin_like.height
        and spending_accounts.tx_index = coinjoin_like.tx_index
where coinjoin_like.height is null
