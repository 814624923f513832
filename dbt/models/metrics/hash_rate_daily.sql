{{ config(materialized='view') }}

{{ wide_table('hash_rate') }}
