{#-
    Evidence that an account belongs to an exchange, by co-spending. The query is repeated in rounds on what earlier
    rounds found, until a round finds nothing (macros/fixed_point.sql).

    An account has a label if one was given, or if its evidence names exactly one exchange. Every account spent together
    with it then gets evidence of that exchange. Evidence is never removed, so the rounds end. An account with evidence
    of two exchanges keeps both, and gives no further evidence to others. The work grows with the entries of the
    transactions that new labels touch, not with pairs of accounts.
-#}
{{ config(materialized='fixed_point') }}

with frontier as (

    -- first round: the given labels; later: accounts whose only evidence is of the last round
    select
        address as account,
        exchange_code
    from {{ read_labels() }} as labels
    where not exists (select 1 from {{ this }})

    union all

    select
        account,
        min(exchange_code) as exchange_code
    from {{ this }}
    group by account
    having
        count(*) = 1
        and max(round) = (select max(found.round) from {{ this }} as found)

),

evidence as (

    select
        spent_together.account,
        frontier.exchange_code,
        frontier.account as evidence_account,
        spent_together.day as evidence_day,
        spent_together.height as evidence_height,
        spent_together.tx_index as evidence_tx_index,
        row_number() over (
            partition by spent_together.account, frontier.exchange_code
            order by spent_together.height, spent_together.tx_index, frontier.account
        ) as evidence_number
    from frontier
    inner join {{ ref('co_spends') }} as labelled_spends
        on frontier.account = labelled_spends.account
    inner join {{ ref('co_spends') }} as spent_together
        on
            labelled_spends.height = spent_together.height
            and labelled_spends.tx_index = spent_together.tx_index
    left join {{ read_labels() }} as labels
        on spent_together.account = labels.address
    where
        labels.address is null
        and {{ var('expand_labels') }}

)

select
    evidence.account,
    evidence.exchange_code,
    evidence.evidence_account,
    evidence.evidence_day,
    evidence.evidence_height,
    evidence.evidence_tx_index,
    (select coalesce(max(found.round), 0) + 1 from {{ this }} as found) as round
from evidence
left join {{ this }} as known
    on
        evidence.account = known.account
        and evidence.exchange_code = known.exchange_code
where
    evidence.evidence_number = 1
    and known.account is null
