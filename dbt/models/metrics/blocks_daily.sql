{{ config(materialized='view') }}

{{ wide_table('blocks') }}
