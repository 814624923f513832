{{ config(materialized='view') }}

{{ wide_table('miners') }}
