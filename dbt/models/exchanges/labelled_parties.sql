{{ config(materialized='view') }}

{#- The exchange parties, Ex included, with enough labels for values to be published. -#}

select party
from {{ ref('party_labels') }}
where labels >= {{ min_labels() }}
