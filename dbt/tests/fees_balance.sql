-- What a block's transactions paid in fees, its coinbase collects: FEES sums to 0 over every block.
select
    day,
    min('block ' || height) as offender,
    'FEES sums to ' || sum(value) || ' satoshi' as detail
from {{ ref('ledger_entries') }}
where
    {{ in_window() }}
    and account_id = {{ virtual_account('FEES') }}
group by day, height
having sum(value) <> 0
order by height
