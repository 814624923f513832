{{ config(materialized='view') }}

{{ wide_table('prices') }}
