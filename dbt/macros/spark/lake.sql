{#-
    The lake as Spark reads it: files by their path, with the metadata that Spark knows of each.
-#}

{% macro spark__lake_files(pattern) -%}
    {#-
        Spark fails on a pattern that no file matches; the manifests, one of which any lake has, are listed with it. Of
        the files nothing is read: their content is not asked for.
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
    {#- Folders in place of all Parquet files in them: Spark lists a folder at once, but files of a pattern singly. -#}
    {{- pattern | replace('/*.parquet', '') -}}
{%- endmacro %}

{% macro spark__manifest_rows(pattern) -%}
    {#- Spark's reader of JSON wants a line a row unless told otherwise, and a query on files has no options. -#}
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
