{{ config(materialized='table') }}

-- depends_on: {{ ref('co_spends') }}
{%- if var('expand_labels') and execute and flags.WHICH in ('run', 'build') %}

select *
from {{ collect_label_evidence() }}
{%- else %}

{{ no_label_evidence() }}
{%- endif %}
