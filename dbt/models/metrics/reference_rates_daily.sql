{{ config(materialized='view') }}

{{ wide_table('reference_rates') }}
