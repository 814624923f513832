{{ config(materialized='view') }}

{#- A view: what manifests say, read when it is published. -#}
select
    day,
    part,
    reason
from {{ read_unproven() }} as unproven
