-- The transfers of a transaction add up to what its receivers gained.
with transfer_totals as (

    select
        height,
        tx_index,
        party_set,
        sum(value) as value
    from {{ ref('party_transfers') }}
    where {{ in_window() }}
    group by height, tx_index, party_set

),

gains as (

    select
        day,
        height,
        tx_index,
        party_set,
        sum(net) as value
    from {{ ref('exchange_party_nets') }}
    where
        {{ in_window() }}
        and net > 0
    group by day, height, tx_index, party_set

)

select
    gains.day,
    'transaction ' || gains.tx_index || ' of block ' || gains.height as offender,
    'its transfers add up to ' || coalesce(transfer_totals.value, 0) || ', its receivers gained '
    || gains.value || ' satoshi' as detail
from gains
left join transfer_totals
    on
        gains.height = transfer_totals.height
        and gains.tx_index = transfer_totals.tx_index
        and gains.party_set = transfer_totals.party_set
where coalesce(transfer_totals.value, 0) <> gains.value
order by gains.height, gains.tx_index
