{#-
    Outputs worth more, or less, than an amount of dollars at the price of their day. Outputs of coinbases and
    unspendable ones are left out; change is included. Days without a price have no rows.
-#}

{%- set bounds = {
    'AbUSD100k': ('above', 100000),
    'AbUSD1M': ('above', 1000000),
    'AbUSD10M': ('above', 10000000),
    'AbUSD100M': ('above', 100000000),
    'BelUSD100': ('below', 100),
    'BelUSD500': ('below', 500),
    'BelUSD1k': ('below', 1000),
    'BelUSD10k': ('below', 10000),
} %}

with prices as (

    {{ priced_days() }}

),

limits as (

    -- the smallest value worth more than the dollars (above), or at least the dollars (below)
    select
        {%- for bound, (side, dollars) in bounds.items() %}
        {{ least_worth(dollars, more=side == 'above') }} as least_{{ bound }},
        {%- endfor %}
        day
    from prices

),

totals as (

    select
        {%- for bound, (side, dollars) in bounds.items() %}
        {%- set holds = 'outputs.value ' ~ ('>=' if side == 'above' else '<') ~ ' limits.least_' ~ bound %}
        sum(case when {{ holds }} then 1 else 0 end) as outputs_{{ bound }},
        sum(case when {{ holds }} then outputs.value else 0 end) as value_{{ bound }},
        {%- endfor %}
        limits.day
    from limits
    inner join {{ ref('outputs') }} as outputs
        on limits.day = outputs.day
    where
        {{ in_window('outputs.day') }}
        and outputs.tx_index > 0
        and outputs.value > 0
        and {{ is_user('outputs.account_id') }}
    group by limits.day

),

{#- A list and not a union of selects: Spark would compute the CTE again for each select. -#}
{%- set counts = [] %}
{%- for bound in bounds %}
    {%- do counts.append(named_values({
        'bound': "'" ~ bound ~ "'",
        'outputs': "cast(coalesce(totals.outputs_" ~ bound ~ ", 0) as bigint)",
        'value': "cast(coalesce(totals.value_" ~ bound ~ ", 0) as bigint)",
    })) -%}
{%- endfor %}

bound_counts as (

    select
        prices.day,
        {{ each_of(list_literal(counts)) }} as counted
    from prices
    left join totals
        on prices.day = totals.day

)

select
    bound_counts.day,
    bound_counts.counted.bound,
    bound_counts.counted.outputs,
    bound_counts.counted.value
from bound_counts
