-- A block's coinbase collects the fees that its transactions paid: FEES sums to 0 over every block.
with block_sums as (

    select
        day,
        height,
        sum(value) as value
    from {{ ref('ledger_entries') }}
    where
        {{ in_window() }}
        and account_id = {{ virtual_account('FEES') }}
    group by day, height

)

select
    day,
    'block ' || height as offender,
    'FEES sums to ' || value || ' satoshi' as detail
from block_sums
where value <> 0
order by height
