{% macro collect_label_evidence() -%}
    {#-
        Runs co-spending to its fixed point and returns the name of the scratch table with all evidence.

        Round by round: an account that is labelled, given or by evidence of exactly one exchange, is evidence of that
        exchange for every account spent together with it. Evidence is only ever added, so rounds end; an account with
        evidence of two exchanges keeps both and passes none on from then on. Work is in proportion to the entries of
        the transactions that new labels touch, not to pairs of accounts.
    -#}
    {%- do fill_scratch_table('label_evidence_found', no_label_evidence()) -%}
    {%- do fill_scratch_table(
        'label_frontier', "select address as account, exchange_code from " ~ read_labels() ~ " as labels"
    ) -%}
    {%- set rounds = [] -%}
    {%- for round in range(1, 1000) if not rounds or rounds[-1] > 0 -%}
        {%- do fill_scratch_table('label_evidence_new', label_evidence_of_round(round)) -%}
        {%- do run_query(
            "insert into " ~ scratch_table('label_evidence_found') ~ " select * from "
            ~ scratch_table('label_evidence_new')
        ) -%}
        {%- do fill_scratch_table('label_frontier', label_frontier()) -%}
        {%- do rounds.append(
            run_query("select count(*) from " ~ scratch_table('label_frontier')).columns[0].values()[0]
        ) -%}
    {%- endfor -%}
    {{- return(scratch_table('label_evidence_found')) -}}
{%- endmacro %}

{% macro no_label_evidence() -%}
    select
        cast(null as string) as account,
        cast(null as string) as exchange_code,
        cast(null as string) as evidence_account,
        cast(null as date) as evidence_day,
        cast(null as integer) as evidence_height,
        cast(null as integer) as evidence_tx_index,
        cast(null as integer) as round
    where false
{%- endmacro %}

{% macro label_evidence_of_round(round) -%}
    {#- Evidence that the frontier gives and that is not known yet, the earliest of each account and exchange. -#}
    with evidence as (

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
        from {{ scratch_table('label_frontier') }} as frontier
        inner join {{ ref('co_spends') }} as labelled_spends
            on frontier.account = labelled_spends.account
        inner join {{ ref('co_spends') }} as spent_together
            on
                labelled_spends.height = spent_together.height
                and labelled_spends.tx_index = spent_together.tx_index
        left join {{ read_labels() }} as labels
            on spent_together.account = labels.address
        where labels.address is null

    )

    select
        evidence.account,
        evidence.exchange_code,
        evidence.evidence_account,
        evidence.evidence_day,
        evidence.evidence_height,
        evidence.evidence_tx_index,
        {{ round }} as round
    from evidence
    left join {{ scratch_table('label_evidence_found') }} as known
        on
            evidence.account = known.account
            and evidence.exchange_code = known.exchange_code
    where
        evidence.evidence_number = 1
        and known.account is null
{%- endmacro %}

{% macro label_frontier() -%}
    {#- The accounts that got their first evidence in the round just done, and of one exchange only. -#}
    select
        account,
        min(exchange_code) as exchange_code
    from {{ scratch_table('label_evidence_found') }}
    group by account
    having
        count(*) = 1
        and max(round) = (select max(round) from {{ scratch_table('label_evidence_new') }})
{%- endmacro %}
