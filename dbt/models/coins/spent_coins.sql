{#-
    What was spent on each day, by the day that created it and its age. Block 0's output is left out: nobody can spend it.
-#}

with block_seconds as (

    select
        height,
        {{ seconds_between("cast(date '1970-01-01' as timestamp)", 'median_time') }} as seconds
    from {{ ref('blocks') }}
    where day <= date '{{ window_end() }}'

),

aged_inputs as (

    select
        inputs.day,
        inputs.created_day,
        inputs.created_tx_index,
        inputs.value,
        {{ quotient('(spending_blocks.seconds - creating_blocks.seconds)', '86400') }} as age
    from {{ ref('inputs') }} as inputs
    inner join block_seconds as spending_blocks
        on inputs.height = spending_blocks.height
    inner join block_seconds as creating_blocks
        on inputs.created_height = creating_blocks.height
    where
        {{ in_window('inputs.day') }}
        and inputs.created_height > 0

)

select
    day,
    created_day,
    cast(age as integer) as age,
    cast(count(*) as bigint) as outputs,
    cast(sum(value) as bigint) as value,
    cast(sum(case when created_tx_index = 0 then value else 0 end) as bigint) as coinbase_value
from aged_inputs
group by day, created_day, age
order by day, created_day, age
