{{ config(materialized='view') }}

{{ wide_table('exchanges') }}
