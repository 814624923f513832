{#-
    Transactions whose transfers together are worth more than some dollars at the price of their day. Days without a price
    have no rows.
-#}

{%- set bounds = {'100k': 100000, '1m': 1000000} %}

with transfers as (

    {{ transfers(in_window) }}

),

transferred as (

    select
        day,
        height,
        tx_index,
        sum(value) as value
    from transfers
    group by day, height, tx_index

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
