{{ config(materialized='ephemeral') }}

{#- The exchange parties that have labels, and Ex, all of them together. -#}

select distinct exchange_code as party
from {{ ref('exchange_addresses') }}

union

select 'Ex' as party
from {{ ref('exchange_addresses') }}
