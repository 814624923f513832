{{ config(materialized='view') }}

{{ wide_table('holders') }}
