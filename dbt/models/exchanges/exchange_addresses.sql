{{ config(materialized='table') }}

with given_labels as (

    select
        address,
        exchange_code,
        exchange_name,
        role,
        source,
        as_of,
        confidence,
        'given' as method
    from {{ read_labels() }} as labels

),

derived_labels as (

    select
        derived_labels.account as address,
        derived_labels.exchange_code,
        exchanges.name as exchange_name,
        'unknown' as role,
        'spent together with ' || derived_labels.evidence_account as source,
        derived_labels.evidence_day as as_of,
        'derived' as confidence,
        derived_labels.method
    from {{ ref('derived_labels') }} as derived_labels
    inner join {{ ref('exchanges') }} as exchanges
        on derived_labels.exchange_code = exchanges.code

)

select * from given_labels
union all
select * from derived_labels
