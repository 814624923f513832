-- Every transaction sums to 0.
select
    day,
    min('transaction ' || tx_index || ' of block ' || height) as offender,
    'its entries sum to ' || sum(value) || ' satoshi' as detail
from {{ ref('ledger_entries') }}
where {{ in_window() }}
group by day, height, tx_index
having sum(value) <> 0
order by height, tx_index
