{#-
    Transactions whose transfers together are worth more than some dollars at the price of their day. Days without a price
    have no rows.
-#}

{#- The smallest first. -#}
{%- set bounds = {'100k': 100000, '1m': 1000000} %}

with transfers as (

    {{ transfers(in_window) }}

),

prices as (

    {{ priced_days() }}

),

limits as (

    select
        {%- for bound, dollars in bounds.items() %}
        {{ least_worth(dollars, more=true) }} as least_{{ bound }},
        {%- endfor %}
        day
    from prices

),

transactions_large_enough as (

    -- their outputs include change, so that these are all that can matter
    select
        transactions.height,
        transactions.tx_index
    from {{ ref('transactions') }} as transactions
    inner join limits
        on transactions.day = limits.day
    where
        {{ in_window('transactions.day') }}
        and transactions.output_value >= limits.least_{{ bounds | first }}

),

transferred as (

    select
        transfers.day,
        transfers.height,
        transfers.tx_index,
        sum(transfers.value) as value
    from transfers
    semi join transactions_large_enough
        on
            transfers.height = transactions_large_enough.height
            and transfers.tx_index = transactions_large_enough.tx_index
    group by transfers.day, transfers.height, transfers.tx_index

),

totals as (

    select
        {%- for bound in bounds %}
        {%- set holds = 'transferred.value >= limits.least_' ~ bound %}
        sum(case when {{ holds }} then 1 else 0 end) as transactions_{{ bound }},
        sum(case when {{ holds }} then transferred.value else 0 end) as value_{{ bound }},
        {%- endfor %}
        limits.day
    from limits
    left join transferred
        on limits.day = transferred.day
    group by limits.day

),

{#- A list and not a union of selects: Spark would compute the CTE again for each select. -#}
{%- set counts = [] %}
{%- for bound in bounds %}
    {%- do counts.append(named_values({
        'bound': "'" ~ bound ~ "'",
        'transactions': "cast(transactions_" ~ bound ~ " as bigint)",
        'value': "cast(value_" ~ bound ~ " as bigint)",
    })) -%}
{%- endfor %}

bound_counts as (

    select
        day,
        {{ each_of(list_literal(counts)) }} as counted
    from totals

)

select
    bound_counts.day,
    bound_counts.counted.bound,
    bound_counts.counted.transactions,
    bound_counts.counted.value
from bound_counts
