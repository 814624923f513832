-- Each block has as many inputs and outputs in the ledger as in the raw day. A sum of 0 does not prove this: the fee
-- absorbs a lost entry.
with counted as (

    select
        day,
        height,
        count(*) as inputs,
        0 as outputs
    from {{ ref('inputs') }}
    where {{ in_window() }}
    group by day, height

    union all

    select
        day,
        height,
        0 as inputs,
        count(*) as outputs
    from {{ ref('outputs') }}
    where {{ in_window() }}
    group by day, height

    union all

    select
        day,
        height,
        -cast(sum(input_count) as bigint) as inputs,
        -cast(sum(output_count) as bigint) as outputs
    from {{ ref('transactions') }}
    where {{ in_window() }}
    group by day, height

),

differences as (

    select
        day,
        height,
        sum(inputs) as inputs,
        sum(outputs) as outputs
    from counted
    group by day, height

)

select
    day,
    'block ' || height as offender,
    'the ledger has ' || inputs || ' inputs and ' || outputs || ' outputs more than its transactions' as detail
from differences
where
    inputs <> 0
    or outputs <> 0
order by height
