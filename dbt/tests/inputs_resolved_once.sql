-- Every input has exactly one previous output.
with resolutions as (

    select
        day,
        height,
        tx_index,
        input_index,
        count(account_id) as found
    from {{ ref('inputs') }}
    where {{ in_window() }}
    group by day, height, tx_index, input_index

)

select
    day,
    'input ' || input_index || ' of transaction ' || tx_index || ' of block ' || height as offender,
    'its previous output was found ' || found || ' times instead of once: '
    || 'history must reach back to block 0 without a gap' as detail
from resolutions
where found <> 1
order by height, tx_index, input_index
