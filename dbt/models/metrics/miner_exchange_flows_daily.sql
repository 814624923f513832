{{ config(materialized='view') }}

{{ wide_table('miner_exchange_flows') }}
