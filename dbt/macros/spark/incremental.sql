{#-
    Daily models on Spark: Parquet tables with one folder for each day. The strategy is `replace_days`, as on DuckDB;
    dbt-spark's own materialization refuses strategies that it does not know.
-#}

{% materialization incremental, adapter='spark' -%}
    {%- set target_relation = this.incorporate(type='table') -%}
    {%- set existing_relation = load_cached_relation(this) -%}

    {%- do refuse_unsupported_configs() -%}
    {{ run_hooks(pre_hooks) }}

    {%- if existing_relation is not none and (existing_relation.is_view or should_full_refresh()) -%}
        {%- do adapter.drop_relation(existing_relation) -%}
        {%- set existing_relation = none -%}
    {%- endif -%}

    {%- set columns = query_columns(compiled_code) -%}
    {%- if existing_relation is none -%}
        {%- do create_daily_table(target_relation, columns) -%}
    {%- endif -%}
    {%- set dest_columns = adapter.get_columns_in_relation(target_relation) -%}
    {%- do refuse_other_columns(target_relation, columns, dest_columns) -%}

    {%- call statement('main') -%}
        {{ replace_days(target_relation, compiled_code, dest_columns | map(attribute='quoted') | join(', ')) }}
    {%- endcall -%}

    {{ run_hooks(post_hooks) }}
    {#- Run as plain queries: dbt begins hooks outside of a transaction with a commit, which Spark does not have. -#}
    {%- for hook in post_hooks if not hook.transaction -%}
        {%- do run_query(render(hook.sql)) -%}
    {%- endfor -%}

    {{- return({'relations': [target_relation]}) -}}
{%- endmaterialization %}

{% macro refuse_unsupported_configs() -%}
    {#- Settings of dbt-spark's own materialization that this one does not support. -#}
    {%- if config.get('contract').enforced or config.get('on_schema_change', 'fail') != 'fail' -%}
        {{- exceptions.raise_compiler_error(
            "Daily models on Spark take neither contracts nor on_schema_change: " ~ model.name ~ " asks for one."
        ) -}}
    {%- endif -%}
{%- endmacro %}

{% macro query_columns(query) -%}
    {#- The columns of a query: a list of pairs of name and type. -#}
    {%- set columns = [] -%}
    {%- for row in run_query("describe query " ~ query).rows -%}
        {%- do columns.append((row['col_name'], row['data_type'])) -%}
    {%- endfor -%}
    {{- return(columns) -}}
{%- endmacro %}

{% macro create_daily_table(table, columns) -%}
    {#-
        Makes an empty table with one folder for each day. A Parquet file without rows goes beside them, into a folder
        that Spark does not read. It gives the columns to readers without Spark's catalogue, even if no day has rows.
    -#}
    {%- do run_query(
        "create table " ~ table ~ " (`" ~ columns | map('join', '` ') | join(', `') ~ ") using parquet "
        ~ "partitioned by (" ~ day_column() ~ ")"
    ) -%}
    {%- set location = run_query("describe extended " ~ table).rows | selectattr('col_name', 'equalto', 'Location') -%}
    {%- do run_query(
        "insert overwrite directory '" ~ (location | first)['data_type'] ~ "/_columns' using parquet "
        ~ "select * from " ~ table ~ " where false"
    ) -%}
{%- endmacro %}

{% macro refuse_other_columns(table, columns, dest_columns) -%}
    {#- With other columns in the query than in the table, the whole table must be built again. -#}
    {%- set there = [] -%}
    {%- for column in dest_columns -%} {%- do there.append((column.name, column.dtype)) -%} {%- endfor -%}
    {%- if columns | sort != there | sort -%}
        {{- exceptions.raise_compiler_error(
            "The columns of " ~ table ~ " are " ~ there | sort ~ ", those of its model " ~ columns | sort
            ~ ": build it in whole, with --full-refresh."
        ) -}}
    {%- endif -%}
{%- endmacro %}

{% macro spark__replace_days(table, query, columns) -%}
    {#-
        Spark replaces only the partitions of days that have new rows. So all partitions of the window are dropped
        first: a day without new rows would keep its old ones. A day is written as few files, a small day as one.
    -#}
    {%- do drop_days(table, window_start(), window_end()) -%}
    insert overwrite table {{ table }} partition ({{ day_column() }})
    select /*+ rebalance({{ day_column() }}) */ {{ columns }}
    from ({{ query }})
{%- endmacro %}

{% macro drop_days(table, first_day, last_day) -%}
    {#- Drops the partitions of a daily table from the first to the last day, ISO dates. -#}
    {%- if env_var('SATLEDGER_CUT_OFF', '') -%}
        {#- A killed run may have left folders that are not in the catalogue. -#}
        {%- do run_query("alter table " ~ table ~ " recover partitions") -%}
    {%- endif -%}
    {%- set dropped = [] -%}
    {%- for partition in run_query("show partitions " ~ table).columns[0].values() -%}
        {%- set day = partition.split('=')[1] -%}
        {%- if first_day <= day <= last_day -%}
            {%- do dropped.append("partition (" ~ partition.split('=')[0] ~ " = date '" ~ day ~ "')") -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if dropped -%}
        {%- do run_query("alter table " ~ table ~ " drop " ~ dropped | join(", ")) -%}
    {%- endif -%}
{%- endmacro %}

{% macro spark__drop_days_before(table, day) -%}
    {%- do drop_days(table, '0001-01-01', (modules.datetime.date.fromisoformat(day | string)
        - modules.datetime.timedelta(days=1)).isoformat()) -%}
{%- endmacro %}
