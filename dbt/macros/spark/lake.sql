{#-
    The lake on Spark: files are read by path, with Spark's metadata of each file.
-#}

{% macro spark__lake_files(pattern) -%}
    {#-
        Spark fails on a pattern that no file matches. So the manifests are listed with it: every lake has one. The
        content of the files is not read.
    -#}
    {%- set manifests = 'raw/*/*/manifest.json' -%}
    {%- set patterns = pattern if pattern.startswith('raw/') else '{' ~ listed(pattern) ~ ',' ~ manifests ~ '}' -%}
    (
        select _metadata.file_path as file
        from binaryFile.`{{ lake_path() }}/{{ patterns }}`
        where _metadata.file_path like '%/lake/{{ pattern | replace("*", "%") | replace("?", "_") }}'
    )
{%- endmacro %}

{% macro spark__lake_rows(pattern) -%}
    (
        select
            *,
            _metadata.file_path as file
        from parquet.`{{ lake_path() }}/{{ listed(pattern) }}`
    )
{%- endmacro %}

{% macro listed(pattern) -%}
    {#- The folder itself if all its Parquet files are meant: Spark lists a folder faster than a pattern. -#}
    {{- pattern | replace('/*.parquet', '') -}}
{%- endmacro %}

{% macro spark__manifest_rows(pattern) -%}
    {#- Spark reads JSON by lines by default, and a query on files cannot set options. So the text is parsed here. -#}
    (
        select
            manifest.*,
            file
        from (
            select
                from_json(
                    cast(content as string),
                    'chain string, first_height bigint, last_height bigint, '
                    || 'first_hash string, last_hash string, content string'
                ) as manifest,
                _metadata.file_path as file
            from binaryFile.`{{ lake_path() }}/{{ pattern }}`
        )
    )
{%- endmacro %}

{% macro spark__read_unproven(pattern) -%}
    (
        select
            {{ day_of_file('file', 'manifest.json') }} as day,
            part,
            reason
        from (
            select
                from_json(
                    cast(content as string),
                    'blocks bigint, source struct<proof: struct<unproven: map<string, string>>>'
                ) as manifest,
                _metadata.file_path as file
            from binaryFile.`{{ lake_path() }}/{{ pattern }}`
        )
        lateral view explode(manifest.source.proof.unproven) as part, reason
        where manifest.blocks > 0
    )
{%- endmacro %}
