{#-
    Where the lake is and what it holds. No other macro knows its folders.
-#}

{% macro lake_path() -%}
    {#- Root of the lake. The default is that of dagster_project/settings.py, relative to dbt/. -#}
    {{- env_var('SATLEDGER_HOME', '../data') }}/lake
{%- endmacro %}

{% macro chain() -%}
    {#- The chain that is asked for, else the chain of the lake's raw days: one home holds one chain. -#}
    {%- set asked = env_var('SATLEDGER_CHAIN', '') -%}
    {%- if asked or not execute -%}
        {{- asked or 'mainnet' -}}
    {%- else -%}
        {%- set held = run_query(
            "select distinct split_part(file, '/', -3) from " ~ lake_files('raw/*/*/manifest.json') ~ " order by 1"
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

{% macro raw_files(name, days='*') -%}
    {#- Glob, relative to the lake's root, for one file of all raw days, or of those whose dates match a pattern. -#}
    raw/{{ chain() }}/{{ days }}/{{ name }}
{%- endmacro %}

{% macro raw_files_of_window(name) -%}
    {#-
        The same for the window's days; it may match some others. Listing all 1,826 days of five years and filtering by
        name would cost each query on raw days 70 ms.
    -#}
    {%- set days = days_pattern(window_start(), window_end()) -%}
    {#- DuckDB fails on a pattern that matches no file, which happens when days have left the chain. -#}
    {%- set found = days == '*' or not execute or lake_has(raw_files('manifest.json', days)) -%}
    {{- raw_files(name, days if found else '*') -}}
{%- endmacro %}

{% macro day_of_file(file, name) -%}
    {#-
        The day of a raw file, from the name of its folder. Cut out by its position from the end: this takes 0.1 s of
        processor time for the outputs of 10 million ledger entries, and splitting the paths 0.6 s.
    -#}
    cast(substr({{ file }}, -{{ name | length + 11 }}, 10) as date)
{%- endmacro %}

{% macro lake_files(pattern) -%}
    {#- The lake's files of this name or glob pattern, as a relation with the one column `file`. -#}
    {{- adapter.dispatch('lake_files')(pattern) -}}
{%- endmacro %}

{% macro duckdb__lake_files(pattern) -%} glob('{{ lake_path() }}/{{ pattern }}') {%- endmacro %}

{% macro lake_rows(pattern) -%}
    {#-
        The rows of all Parquet files of this name or glob pattern, each with its `file`. With a filter on `file`, other
        files are not opened.
    -#}
    {{- adapter.dispatch('lake_rows')(pattern) -}}
{%- endmacro %}

{% macro duckdb__lake_rows(pattern) -%}
    {#- Renamed here: DuckDB skips files only by a filter on its own `filename`, not if read_parquet renames it. -#}
    (
        select * rename (filename as file)
        from read_parquet('{{ lake_path() }}/{{ pattern }}', filename = true, hive_partitioning = false)
    )
{%- endmacro %}

{% macro read_raw(name) -%}
    {#- The rows of one file of each raw day of the window, with their day; it may have some other days. -#}
    {%- do source('lake', 'raw_days') -%}
    (
        select
            *,
            {{ day_of_file('file', name) }} as day
        from {{ lake_rows(raw_files_of_window(name)) }} as files
    )
{%- endmacro %}

{% macro read_manifests() -%}
    {#- The manifest of each raw day of the window, and maybe of some others. On days without blocks most is null. -#}
    {%- do source('lake', 'raw_days') -%}
    (
        select
            chain,
            first_height,
            last_height,
            first_hash,
            last_hash,
            content as fingerprint,
            {{ day_of_file('file', 'manifest.json') }} as day
        from {{ manifest_rows(raw_files_of_window('manifest.json')) }} as manifests
    )
{%- endmacro %}

{% macro manifest_rows(pattern) -%}
    {#- The manifests of this glob pattern, each with its `file`. -#}
    {{- adapter.dispatch('manifest_rows')(pattern) -}}
{%- endmacro %}

{% macro duckdb__manifest_rows(pattern) -%}
    read_json(
        '{{ lake_path() }}/{{ pattern }}',
        columns = {
            chain: 'varchar', first_height: 'bigint', last_height: 'bigint',
            first_hash: 'varchar', last_hash: 'varchar', content: 'varchar'
        },
        filename = 'file'
    )
{%- endmacro %}

{% macro read_unproven() -%}
    {#- A row for each part of its proof that a raw day with blocks lacks, with the reason from its manifest. -#}
    {%- do source('lake', 'raw_days') -%}
    {{- adapter.dispatch('read_unproven')(raw_files('manifest.json')) -}}
{%- endmacro %}

{% macro duckdb__read_unproven(pattern) -%}
    (
        select
            {{ day_of_file('filename', 'manifest.json') }} as day,
            entry.key as part,
            entry.value as reason
        from (
            select
                filename,
                unnest(map_entries(source.proof.unproven)) as entry
            from read_json(
                '{{ lake_path() }}/{{ pattern }}',
                columns = { blocks: 'bigint', source: 'struct(proof struct(unproven map(varchar, varchar)))' },
                filename = true
            )
            where blocks > 0
        ) as entries
    )
{%- endmacro %}

{% macro read_labels() -%}
    {#- The exchange labels as the label asset validated them; an empty relation where it has not run. -#}
    {%- do source('lake', 'exchange_labels') -%}
    {%- if lake_has('labels/exchange_addresses.parquet') -%}
        {{ lake_rows('labels/exchange_addresses.parquet') }}
    {%- else -%}
        (
            select
                cast(null as string) as address,
                cast(null as string) as exchange_code,
                cast(null as string) as exchange_name,
                cast(null as string) as role,
                cast(null as string) as source,
                cast(null as date) as as_of,
                cast(null as string) as confidence
            where false
        )
    {%- endif -%}
{%- endmacro %}

{% macro read_prices() -%}
    {#- Daily closes as the price asset loaded them; an empty relation where it has not run. -#}
    {%- do source('lake', 'prices') -%}
    {%- if lake_has('prices/prices.parquet') -%}
        {{ lake_rows('prices/prices.parquet') }}
    {%- else -%}
        (
            select
                cast(null as string) as asset,
                cast(null as date) as day,
                cast(null as string) as price_text
            where false
        )
    {%- endif -%}
{%- endmacro %}

{% macro lake_has(pattern) -%}
    {#- Whether the lake has a file of this name or glob pattern. -#}
    {%- if not execute -%}
        {{- return(true) -}}
    {%- endif -%}
    {{- return(run_query("select count(*) from " ~ lake_files(pattern)).columns[0].values()[0] > 0) -}}
{%- endmacro %}

{% macro lake_calendar() -%}
    {#- Every day from the first to the last that the lake holds, as a relation with the one column `day`. -#}
    (
        select {{ each_day('first_day', 'last_day') }} as day
        from (
            {%- set first_day = env_var('SATLEDGER_FIRST_DAY', '') if execute else '' %}
            {%- if first_day %}
            -- builds set both days: listing 1,826 days takes 25 ms, and 20 models and tests do it twice each
            select
                date '{{ first_day }}' as first_day,
                date '{{ env_var('SATLEDGER_LAST_DAY') }}' as last_day
            {%- else %}
            select
                min({{ day_of_file('file', 'manifest.json') }}) as first_day,
                max({{ day_of_file('file', 'manifest.json') }}) as last_day
            from {{ lake_files(raw_files('manifest.json')) }} as files
            {%- endif %}
        ) as bounds
    )
{%- endmacro %}

{% macro header_files() -%}
    {#- Glob, relative to the lake's root, for the headers of other chains. -#}
    headers/*/????-??.parquet
{%- endmacro %}

{% macro has_headers() -%}
    {#- Whether the lake has headers of other chains. Those of an earlier version, in files by day, are refused. -#}
    {%- do source('lake', 'block_headers') -%}
    {%- if execute and lake_has('headers/*/????-??-??.parquet') -%}
        {{- exceptions.raise_compiler_error(
            "The lake " ~ lake_path() ~ " holds block headers in files by day, of an earlier version: "
            ~ "run `satledger build`, which puts them into files by month."
        ) -}}
    {%- endif -%}
    {{- return(lake_has(header_files())) -}}
{%- endmacro %}

{% macro read_headers() -%}
    {#-
        Block headers of the other chains, each with its day and its `file`, which is named by month; an empty relation
        if none were loaded.
    -#}
    {%- if has_headers() -%}
        (
            select *
            from {{ lake_rows(header_files()) }} as files
            -- a day without blocks has a row of its own
            where height is not null
        )
    {%- else -%}
        (
            select
                cast(null as string) as asset,
                cast(null as date) as day,
                cast(null as bigint) as height,
                cast(null as bigint) as time,
                cast(null as bigint) as previous_time,
                cast(null as double) as difficulty,
                cast(null as {{ huge_integer() }}) as work,
                cast(null as {{ huge_integer() }}) as reward,
                cast(null as string) as file
            where false
        )
    {%- endif -%}
{%- endmacro %}

{% macro read_header_days() -%}
    {#- The days whose block headers are loaded, by asset, days without blocks included; empty if none were loaded. -#}
    {%- if has_headers() -%}
        {{ adapter.dispatch('header_days')(header_files()) }}
    {%- else -%}
        (
            select
                cast(null as string) as asset,
                cast(null as date) as day
            where false
        )
    {%- endif -%}
{%- endmacro %}

{% macro default__header_days(pattern) -%}
    (
        select distinct
            asset,
            day
        from {{ lake_rows(pattern) }} as files
    )
{%- endmacro %}

{% macro duckdb__header_days(pattern) -%}
    {#- Read from the Parquet footers: a seventh of the time for 60 million headers of eleven chains. -#}
    (
        select
            split_part(file_name, '/', -2) as asset,
            cast(unnest(json_keys(decode(value))) as date) as day
        from parquet_kv_metadata('{{ lake_path() }}/{{ pattern }}')
        where key = 'days'
    )
{%- endmacro %}
