{#- Daily totals of the ledger: one row for each day. Stocks are running sums of it. -#}

with entry_totals as (

    select
        day,
        sum(case when {{ is_user('account_id') }} then value else 0 end) as users,
        sum(case when account_id = {{ virtual_account('UNSPENDABLE') }} then value else 0 end) as unspendable,
        sum(case when account_id = {{ virtual_account('ISSUANCE') }} then value else 0 end) as issuance,
        sum(case when account_id = {{ virtual_account('FEES') }} then value else 0 end) as fees,
        sum(case when height = 0 and kind = 'output' then value else 0 end) as genesis,
        count(*) as entries
    from {{ ref('ledger_entries') }}
    where {{ in_window() }}
    group by day

),

transaction_totals as (

    select
        day,
        count(*) as transactions,
        sum(fee) as paid_fees
    from {{ ref('transactions') }}
    where
        {{ in_window() }}
        and not is_coinbase
    group by day

),

block_totals as (

    select
        day,
        sum(subsidy) as subsidies
    from {{ ref('blocks') }}
    where
        {{ in_window() }}
        and height > 0
    group by day

)

select
    days.day,
    cast(coalesce(entry_totals.users, 0) as bigint) as users,
    cast(coalesce(entry_totals.unspendable, 0) as bigint) as unspendable,
    cast(coalesce(entry_totals.issuance, 0) as bigint) as issuance,
    cast(coalesce(entry_totals.fees, 0) as bigint) as fees,
    cast(coalesce(entry_totals.genesis, 0) as bigint) as genesis,
    cast(coalesce(entry_totals.entries, 0) as bigint) as entries,
    cast(coalesce(transaction_totals.transactions, 0) as bigint) as transactions,
    cast(coalesce(transaction_totals.paid_fees, 0) as bigint) as paid_fees,
    cast(coalesce(block_totals.subsidies, 0) as bigint) as subsidies
from {{ ref('days') }} as days
left join entry_totals on days.day = entry_totals.day
left join transaction_totals on days.day = transaction_totals.day
left join block_totals on days.day = block_totals.day
where {{ in_window('days.day') }}
