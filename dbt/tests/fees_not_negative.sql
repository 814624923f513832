-- No transaction pays out more than it takes in.
select
    day,
    'transaction ' || txid as offender,
    'its outputs exceed its inputs by ' || -fee || ' satoshi' as detail
from {{ ref('transactions') }}
where
    {{ in_window() }}
    and fee < 0
order by height, tx_index
