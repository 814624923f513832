{{ config(materialized='view') }}

select
    day,
    account_id,
    account
from {{ ref('user_accounts') }}
{%- for name in virtual_accounts() %}
union all
select
    cast(null as date) as day,
    {{ virtual_account(name) }} as account_id,
    '{{ name }}' as account
{%- endfor %}
