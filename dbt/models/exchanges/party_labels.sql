{{ config(materialized='view') }}

{#- Number of labelled addresses of each exchange, and of Ex (all together). Without labels there is no row. -#}

with labels as (

    select
        exchange_code,
        case when method = 'given' then source else 'spent together with a labelled address' end as source
    from {{ ref('exchange_addresses') }}

),

parties as (

    select
        exchange_code as party,
        source
    from labels

    union all

    select
        'Ex' as party,
        source
    from labels

)

select
    party,
    count(*) as labels,
    {{ joined_texts('source') }} as sources
from parties
group by party
