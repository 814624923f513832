{#-
    A materialization for models that read their own table: the query is run and its rows are added until it finds no
    new ones. The columns' types are those in the model's YAML.
-#}

{% materialization fixed_point, default -%}
    {%- set existing = load_cached_relation(this) -%}
    {%- set table = this.incorporate(type='table') -%}
    {{ run_hooks(pre_hooks) }}
    {%- if existing is not none -%} {%- do adapter.drop_relation(existing) -%} {%- endif -%}
    {%- set columns = [] -%}
    {%- for column in model.columns.values() -%}
        {%- if not column.data_type -%}
            {{- exceptions.raise_compiler_error("Column " ~ column.name ~ " of " ~ model.name ~ " needs a data_type.") -}}
        {%- endif -%}
        {%- do columns.append(column.name ~ ' ' ~ column.data_type) -%}
    {%- endfor -%}
    {%- call statement('main') -%}
        create table {{ table }} ({{ columns | join(', ') }}) {{ 'using parquet' if target.type == 'spark' }}
    {%- endcall -%}
    {%- set rows = [-1, 0] -%}
    {%- for round in range(1, 1000) if rows[-1] > rows[-2] -%}
        {%- do run_query("insert into " ~ table ~ " " ~ compiled_code) -%}
        {%- do rows.append(run_query("select count(*) from " ~ table).columns[0].values()[0]) -%}
    {%- endfor -%}
    {{ run_hooks(post_hooks) }}
    {%- do persist_docs(table, model) -%}
    {%- do adapter.commit() -%}
    {{- return({'relations': [table]}) -}}
{%- endmaterialization %}
