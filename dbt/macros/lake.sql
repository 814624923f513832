{#-
    Where the lake is and what it holds. The only macros that know its folders.
-#}

{% macro lake_path() -%}
    {#- Root of the lake; the same default as dagster_project/settings.py has, seen from dbt/. -#}
    {{- env_var('SATLEDGER_HOME', '../data') }}/lake
{%- endmacro %}

{% macro chain() -%}
    {#- The chain asked for, else the one whose raw days the lake holds: one home holds one chain. -#}
    {%- set asked = env_var('SATLEDGER_CHAIN', '') -%}
    {%- if asked or not execute -%}
        {{- asked or 'mainnet' -}}
    {%- else -%}
        {%- set held = run_query(
            "select distinct split_part(file, '/', -3) from glob('" ~ lake_path() ~ "/raw/*/*/manifest.json') order by 1"
        ).columns[0].values() -%}
        {%- if held | length != 1 -%}
            {{- exceptions.raise_compiler_error(
                "The lake " ~ lake_path() ~ " holds " ~ (held | join(", ") or "no chain")
                ~ ": run an extraction first, or set SATLEDGER_CHAIN to one chain."
            ) -}}
        {%- endif -%}
        {{- held[0] -}}
    {%- endif -%}
{%- endmacro %}

{% macro raw_files(name) -%}
    {#- Glob of one file of all raw days; a filter on raw_day() prunes files before they are opened. -#}
    {{- lake_path() }}/raw/{{ chain() }}/*/{{ name }}
{%- endmacro %}

{% macro read_raw(name) -%}
    {#- All raw days' files of one name, each row with its day, which the folder's name tells. -#}
    {%- do source('lake', 'raw_days') -%}
    (
        select
            * exclude (filename),
            cast(split_part(filename, '/', -2) as date) as day
        from read_parquet('{{ raw_files(name) }}', filename = true, hive_partitioning = false)
    )
{%- endmacro %}

{% macro read_manifests() -%}
    {#- One row a raw day: what its manifest says. A day without blocks has heights and hashes null. -#}
    {%- do source('lake', 'raw_days') -%}
    (
        select
            chain,
            first_height,
            last_height,
            first_hash,
            last_hash,
            fingerprint,
            cast(split_part(filename, '/', -2) as date) as day
        from read_json(
            '{{ raw_files('manifest.json') }}',
            columns = {
                chain: 'varchar', first_height: 'bigint', last_height: 'bigint',
                first_hash: 'varchar', last_hash: 'varchar', fingerprint: 'varchar'
            },
            filename = true
        )
    )
{%- endmacro %}

{% macro read_labels() -%}
    {#- The exchange labels as the label asset validated them; an empty relation where it has not run. -#}
    {%- do source('lake', 'exchange_labels') -%}
    {%- if lake_has('labels/exchange_addresses.parquet') -%}
        read_parquet('{{ lake_path() }}/labels/exchange_addresses.parquet')
    {%- else -%}
        (
            select
                cast(null as varchar) as address,
                cast(null as varchar) as exchange_code,
                cast(null as varchar) as exchange_name,
                cast(null as varchar) as role,
                cast(null as varchar) as source,
                cast(null as date) as as_of,
                cast(null as varchar) as confidence
            where false
        )
    {%- endif -%}
{%- endmacro %}

{% macro read_prices() -%}
    {#- Daily closes as the price asset loaded them; an empty relation where it has not run. -#}
    {%- do source('lake', 'prices') -%}
    {%- if lake_has('prices/prices.parquet') -%}
        read_parquet('{{ lake_path() }}/prices/prices.parquet')
    {%- else -%}
        (
            select
                cast(null as varchar) as asset,
                cast(null as date) as day,
                cast(null as varchar) as price_text
            where false
        )
    {%- endif -%}
{%- endmacro %}

{% macro lake_has(pattern) -%}
    {#- Whether the lake has a file of this name or glob pattern. -#}
    {%- if not execute -%}
        {{- return(true) -}}
    {%- endif -%}
    {{- return(run_query("select count(*) from glob('" ~ lake_path() ~ "/" ~ pattern ~ "')").columns[0].values()[0] > 0) -}}
{%- endmacro %}

{% macro lake_calendar() -%}
    {#- Every day from the first to the last that the lake holds, as a relation with the one column `day`. -#}
    {{- adapter.dispatch('lake_calendar')() -}}
{%- endmacro %}

{% macro duckdb__lake_calendar() -%}
    (
        select cast(unnest(generate_series(first_day, last_day, interval 1 day)) as date) as day
        from (
            {%- set first_day = env_var('SATLEDGER_FIRST_DAY', '') if execute else '' %}
            {%- if first_day %}
            -- builds tell the calendar: to list 1,826 days takes 25 ms, and 20 models and tests ask for it twice each
            select
                date '{{ first_day }}' as first_day,
                date '{{ window_end() }}' as last_day
            {%- else %}
            select
                min(cast(split_part(file, '/', -2) as date)) as first_day,
                max(cast(split_part(file, '/', -2) as date)) as last_day
            from glob('{{ raw_files('manifest.json') }}')
            {%- endif %}
        )
    )
{%- endmacro %}

{% macro read_headers() -%}
    {#- Block headers of the other chains, each row with its day; an empty relation where none were loaded. -#}
    {%- do source('lake', 'block_headers') -%}
    {%- if lake_has('headers/*/*.parquet') -%}
        (
            select
                * exclude (filename),
                cast(left(split_part(filename, '/', -1), 10) as date) as day
            from read_parquet('{{ lake_path() }}/headers/*/*.parquet', filename = true, hive_partitioning = false)
        )
    {%- else -%}
        (
            select
                cast(null as varchar) as asset,
                cast(null as bigint) as height,
                cast(null as bigint) as time,
                cast(null as bigint) as previous_time,
                cast(null as double) as difficulty,
                cast(null as {{ huge_integer() }}) as work,
                cast(null as {{ huge_integer() }}) as reward,
                cast(null as date) as day
            where false
        )
    {%- endif -%}
{%- endmacro %}

{% macro read_header_days() -%}
    {#- The first and last day of the headers that the lake holds of each other chain. -#}
    (
        select
            split_part(file, '/', -2) as asset,
            min(cast(left(split_part(file, '/', -1), 10) as date)) as first_day,
            max(cast(left(split_part(file, '/', -1), 10) as date)) as last_day
        from glob('{{ lake_path() }}/headers/*/*.parquet')
        group by asset
    )
{%- endmacro %}
