-- Every transaction sums to 0.
with transaction_sums as (

    select
        day,
        height,
        tx_index,
        sum(value) as value
    from {{ ref('ledger_entries') }}
    where {{ in_window() }}
    group by day, height, tx_index

)

select
    day,
    'transaction ' || tx_index || ' of block ' || height as offender,
    'its entries sum to ' || value || ' satoshi' as detail
from transaction_sums
where value <> 0
order by height, tx_index
