{#-
    From the values of a family to the rows of metrics_daily. A family's model computes values in columns: one row for
    each asset and day, or several with a key (for exchanges: the exchange). The catalogue maps each metric to a column
    and a key, and says how its value is written as text.
-#}

{% macro metric_values(relation, amounts=[], quotients=[], asset="'btc'", key="''") -%}
    {#-
        Turns columns of a relation into rows (unpivot). It unnests a list; with a union of selects, Spark would compute
        the CTE again for each of them.
        amounts: columns of whole numbers, counts or base units of the asset; quotients: columns of doubles;
        asset, key: expressions.
    -#}
    {%- set values = [] -%}
    {%- for column in amounts -%}
        {%- do values.append(named_values({
            'source_column': "'" ~ column ~ "'",
            'amount': "cast(" ~ column ~ " as " ~ huge_integer() ~ ")",
            'quotient': "cast(null as double)",
        })) -%}
    {%- endfor -%}
    {%- for column in quotients -%}
        {%- do values.append(named_values({
            'source_column': "'" ~ column ~ "'",
            'amount': "cast(null as " ~ huge_integer() ~ ")",
            'quotient': column,
        })) -%}
    {%- endfor %}
    select
        asset,
        day,
        source_key,
        named_value.source_column,
        named_value.amount,
        named_value.quotient
    from (
        select
            {{ asset }} as asset,
            day,
            {{ key }} as source_key,
            {{ each_of(list_literal(values)) }} as named_value
        from {{ relation }}
    )
{%- endmacro %}

{% macro catalogue_rows(values, days_before=0) -%}
    {#-
        The end of a family's model: a row for each of its metrics on each day it is due, null if its inputs do not
        exist. A value in USD is the native value times the day's price, not rounded.
        values: name of the CTE that the rows of `metric_values` are in.
        days_before: how many days before the window are written again, as in the model's `meta.days_before`. On these
        days only the metrics of the ledger's asset are due.
    -#}
    , due_metrics as (

        select
            metric_catalog.id as metric,
            metric_catalog.value_type,
            metric_catalog.source_column,
            coalesce(metric_catalog.source_key, '') as source_key,
            asset_days.asset,
            asset_days.day
        from {{ ref('metric_catalog') }} as metric_catalog
        inner join {{ ref('asset_days') }} as asset_days
            on ' ' || metric_catalog.asset_scope || ' ' like '% ' || asset_days.asset || ' %'
        where
            metric_catalog.source_model = '{{ this.identifier }}'
            and {{ from_days_before('asset_days.day', days_before) if days_before else in_window('asset_days.day') }}
            {{ "and asset_days.asset = 'btc'" if days_before }}

    ),

    exact_values as (

        select
            due_metrics.asset,
            due_metrics.day,
            due_metrics.metric,
            due_metrics.value_type,
            case
                when due_metrics.value_type = 'quotient_usd' then {{ values }}.quotient * prices.price
                else {{ values }}.quotient
            end as quotient,
            case
                when due_metrics.value_type = 'usd' then {{ values }}.amount * prices.unscaled_price
                else {{ values }}.amount
            end as unscaled,
            case due_metrics.value_type
                when 'count' then 0
                when 'native' then assets.decimals
                when 'usd' then assets.decimals + prices.price_scale
            end as scale
        from due_metrics
        inner join {{ ref('assets') }} as assets
            on due_metrics.asset = assets.asset
        left join {{ values }}
            on
                due_metrics.asset = {{ values }}.asset
                and due_metrics.day = {{ values }}.day
                and due_metrics.source_column = {{ values }}.source_column
                and due_metrics.source_key = {{ values }}.source_key
        left join {{ ref('daily_prices') }} as prices
            on
                due_metrics.asset = prices.asset
                and due_metrics.day = prices.day

    ),

    full_texts as (

        select
            *,
            case
                when value_type in ('quotient', 'quotient_usd') then {{ double_text('quotient') }}
                else {{ decimal_text('unscaled', 'scale') }}
            end as full_text
        from exact_values

    ),

    texts as (

        select
            asset,
            day as time,
            metric,
            case value_type
                when 'usd' then {{ trimmed_decimal('full_text') }}
                when 'quotient' then {{ plain_decimal('full_text') }}
                when 'quotient_usd' then {{ plain_decimal('full_text') }}
                else full_text
            end as value_text
        from full_texts

    )

    select
        asset,
        time,
        metric,
        cast(value_text as double) as value,
        value_text
    from texts
{%- endmacro %}
