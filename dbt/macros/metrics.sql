{#-
    From the values of a family to the rows of metrics_daily. Every family has an ephemeral model `<family>_values`
    (asset, day, metric, amount, quotient); the catalogue says which metrics are due, and what each one's text is.
-#}

{% macro metric_rows(relation, asset, amounts={}, quotients={}, suffix="''") -%}
    {#-
        Turns columns into rows: amounts and quotients map metric ids to columns of relation; the suffix, an expression,
        ends each id. From a list, not from a union of selects: Spark runs a CTE again wherever it is read.
    -#}
    {%- set values = [] -%}
    {%- for id, column in amounts.items() -%}
        {%- do values.append(named_values({
            'metric': "'" ~ id ~ "'",
            'amount': "cast(" ~ column ~ " as " ~ huge_integer() ~ ")",
            'quotient': "cast(null as double)",
        })) -%}
    {%- endfor -%}
    {%- for id, column in quotients.items() -%}
        {%- do values.append(named_values({
            'metric': "'" ~ id ~ "'",
            'amount': "cast(null as " ~ huge_integer() ~ ")",
            'quotient': column,
        })) -%}
    {%- endfor %}
    select
        asset,
        day,
        named_value.metric || suffix as metric,
        named_value.amount,
        named_value.quotient
    from (
        select
            {{ asset }} as asset,
            day,
            {{ suffix }} as suffix,
            {{ each_of(list_literal(values)) }} as named_value
        from {{ relation }}
    )
{% endmacro %}

{% macro catalogue_rows(family) -%}
    {#-
        The rows of metrics_daily of one family: each metric of the catalogue on each day it is due, null where its
        inputs do not exist. A USD metric is its native twin times that day's price, unrounded.
    -#}
    with due_metrics as (

        select
            metric_catalog.id as metric,
            metric_catalog.value_type,
            case
                when metric_catalog.value_type = 'usd'
                    then regexp_replace(coalesce(metric_catalog.alias_of, metric_catalog.id), 'USD$', 'Ntv')
                else coalesce(metric_catalog.alias_of, metric_catalog.id)
            end as valued_metric,
            asset_days.asset,
            asset_days.day
        from {{ ref('metric_catalog') }} as metric_catalog
        inner join {{ ref('asset_days') }} as asset_days
            on ' ' || metric_catalog.asset_scope || ' ' like '% ' || asset_days.asset || ' %'
        where metric_catalog.source_model = '{{ family }}_daily'

    ),

    known_values as (

        select *
        from {{ ref(family ~ '_values') }}

    ),

    exact_values as (

        select
            due_metrics.asset,
            due_metrics.day,
            due_metrics.metric,
            due_metrics.value_type,
            known_values.quotient,
            case
                when due_metrics.value_type = 'usd' then known_values.amount * prices.unscaled_price
                else known_values.amount
            end as unscaled,
            case due_metrics.value_type
                when 'count' then 0
                when 'native' then assets.decimals
                when 'usd' then assets.decimals + prices.price_scale
            end as scale
        from due_metrics
        inner join {{ ref('assets') }} as assets
            on due_metrics.asset = assets.asset
        left join known_values
            on
                due_metrics.asset = known_values.asset
                and due_metrics.day = known_values.day
                and due_metrics.valued_metric = known_values.metric
        left join {{ ref('daily_prices') }} as prices
            on
                due_metrics.asset = prices.asset
                and due_metrics.day = prices.day

    ),

    full_texts as (

        select
            *,
            case
                when value_type = 'quotient' then {{ double_text('quotient') }}
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

{% macro wide_table(family) -%}
    {#- One row an asset and day, one column a metric of the family, in the catalogue's order. -#}
    {%- set catalogue = ref('metric_catalog') -%}
    {%- set metrics = [] -%}
    {%- if execute and adapter.get_relation(catalogue.database, catalogue.schema, catalogue.identifier) -%}
        {%- set metrics = run_query(
            "select id from " ~ catalogue ~ " where source_model = '" ~ family ~ "_daily'"
        ).columns[0].values() -%}
    {%- endif -%}
    {{- columns_of_values(ref(family ~ '_metrics'), metrics) -}}
{%- endmacro %}

{% macro columns_of_values(relation, metrics) -%}
    {#- Turns the rows of metrics into columns of their values. -#}
    {{- adapter.dispatch('columns_of_values')(relation, metrics) -}}
{%- endmacro %}

{% macro duckdb__columns_of_values(relation, metrics) -%}
    select
        asset,
        time
        {%- for metric in metrics %},
        max(case when metric = '{{ metric }}' then value end) as {{ adapter.quote(metric) }}
        {%- endfor %}
    from {{ relation }}
    group by asset, time
{%- endmacro %}

{% macro spark__columns_of_values(relation, metrics) -%}
    {#- Hive's embedded catalogue keeps the text of a view up to 32,700 characters: with 400 metrics only this fits. -#}
    select *
    from (
        select
            asset,
            time,
            metric,
            value
        from {{ relation }}
    )
    {%- if metrics %}
    pivot (max(value) for metric in ('{{ metrics | join("', '") }}'))
    {%- endif %}
{%- endmacro %}
