{{ config(materialized='view') }}

{#- Why a metric has no value on a day: the first input in its `needs` that does not exist. -#}

with gaps as (

    select
        metrics_daily.asset,
        metrics_daily.time,
        metrics_daily.metric,
        metric_catalog.exchange,
        ' ' || metric_catalog.needs || ' ' as needs
    from {{ ref('metrics_daily') }} as metrics_daily
    inner join {{ ref('metric_catalog') }} as metric_catalog
        on metrics_daily.metric = metric_catalog.id
    where metrics_daily.value is null

),

unlabelled_parties as (

    select
        parties.exchange,
        case
            when party_labels.labels is null then 'no address of this exchange is labelled'
            else
                'fewer than {{ min_labels() }} addresses of this exchange are labelled'
                || ' (SATLEDGER_MIN_LABELS)'
        end as reason
    from (select distinct exchange from gaps) as parties
    left join {{ ref('labelled_parties') }} as labelled_parties
        on parties.exchange = labelled_parties.party
    left join {{ ref('party_labels') }} as party_labels
        on parties.exchange = party_labels.party
    where
        parties.exchange is not null
        and labelled_parties.party is null

),

unmet as (

    select
        gaps.asset,
        gaps.time,
        gaps.metric,
        unmet_needs.reason,
        instr(gaps.needs, ' ' || unmet_needs.need || ' ') as place
    from gaps
    inner join {{ ref('unmet_needs') }} as unmet_needs
        on
            gaps.asset = unmet_needs.asset
            and gaps.time = unmet_needs.day
            and instr(gaps.needs, ' ' || unmet_needs.need || ' ') > 0

    union all

    select
        gaps.asset,
        gaps.time,
        gaps.metric,
        unlabelled_parties.reason,
        instr(gaps.needs, ' labels ') as place
    from gaps
    inner join unlabelled_parties
        on gaps.exchange = unlabelled_parties.exchange
    where instr(gaps.needs, ' labels ') > 0

)

select
    asset,
    time,
    metric,
    min_by(reason, place) as reason
from unmet
group by asset, time, metric
