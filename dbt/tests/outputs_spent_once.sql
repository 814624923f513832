-- No output is spent twice.
with spends as (

    select
        created_height,
        created_tx_index,
        output_index,
        max(day) as day,
        max(height) as height,
        count(*) as spends
    from {{ ref('inputs') }}
    where {{ in_window() }}
    group by created_height, created_tx_index, output_index

)

select
    day,
    'output ' || output_index || ' of transaction ' || created_tx_index || ' of block ' || created_height as offender,
    'spent ' || spends || ' times, last in block ' || height as detail
from spends
where spends > 1
order by height
