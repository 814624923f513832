{{ config(materialized='table') }}

{#- A table, because it takes a listing of the lake and all metrics read it. -#}

{%- do source('lake', 'block_headers') %}

select
    split_part(file, '/', -2) as asset,
    min(cast(left(split_part(file, '/', -1), 10) as date)) as first_day,
    max(cast(left(split_part(file, '/', -1), 10) as date)) as last_day
from {{ lake_files('headers/*/*.parquet') }} as headers
group by split_part(file, '/', -2)
