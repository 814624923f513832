{{ config(materialized='view') }}

{%- set families = [
    'blocks', 'transactions', 'accounts', 'adjusted_transfers', 'market', 'hash_rate', 'prices', 'reference_rates', 'miners',
    'exchanges', 'miner_exchange_flows', 'holders', 'balances', 'unspent_coins', 'spent_coins', 'cost_basis'
] %}

{%- for family in families %}

select
    asset,
    time,
    metric,
    value,
    value_text
from {{ ref(family ~ '_metrics') }}
{{ "union all" if not loop.last }}
{%- endfor %}
