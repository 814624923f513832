{{ config(materialized='table') }}

select
    address,
    exchange_code,
    exchange_name,
    role,
    source,
    as_of,
    confidence
from {{ read_labels() }} as labels
