{#- Pro rata with largest remainder: the parts of a transaction add up to its whole (docs/method.md, Transfers). -#}

with nets as (

    select *
    from {{ ref('exchange_party_nets') }}
    where {{ in_window() }}

),

sides as (

    select
        party_set,
        height,
        tx_index,
        sum(case when net > 0 then net else 0 end) as total,
        sum(case when net < 0 then 1 else 0 end) as senders,
        sum(case when net > 0 then 1 else 0 end) as receivers
    from nets
    group by party_set, height, tx_index

),

pairs as (

    select
        senders.day,
        senders.height,
        senders.tx_index,
        senders.party_set,
        senders.exchange_code as sender_code,
        senders.account_id as sender_id,
        -senders.net as lost,
        receivers.exchange_code as receiver_code,
        receivers.account_id as receiver_id,
        receivers.net as gained,
        sides.total,
        sides.senders > 1 and sides.receivers > 1 as is_shared,
        sides.senders * sides.receivers > {{ most_pairs() }}
        and senders.exchange_code is null
        and receivers.exchange_code is null as is_folded
    from nets as senders
    inner join nets as receivers
        on
            senders.party_set = receivers.party_set
            and senders.height = receivers.height
            and senders.tx_index = receivers.tx_index
    inner join sides
        on
            senders.party_set = sides.party_set
            and senders.height = sides.height
            and senders.tx_index = sides.tx_index
    where
        senders.net < 0
        and receivers.net > 0

),

direct_transfers as (

    -- with one sender, each receiver gets all it gained from it; with one receiver, it gets all each sender lost
    select
        day,
        height,
        tx_index,
        party_set,
        sender_code,
        sender_id,
        receiver_code,
        receiver_id,
        least(lost, gained) as value
    from pairs
    where not is_shared

),

products as (

    select
        *,
        cast(lost as {{ huge_integer() }}) * gained as product
    from pairs
    where is_shared

),

quotients as (

    select
        *,
        {{ quotient('product', 'total') }} as whole
    from products

),

shares as (

    select
        *,
        product - cast(whole as {{ huge_integer() }}) * total as remainder
    from quotients

),

ranked_shares as (

    -- shares of equal remainders could take the ranks from the first to the last
    select
        *,
        total - sum(whole) over all_by_remainder as left_over,
        rank() over by_remainder as first_rank,
        count(*) over by_remainder as last_rank
    from shares
    window
        by_remainder as (
            partition by party_set, height, tx_index
            order by remainder desc
        ),
        -- in the same order, so that DuckDB sorts once
        all_by_remainder as (
            partition by party_set, height, tx_index
            order by remainder desc
            rows between unbounded preceding and unbounded following
        )

),

decided_shares as (

    select
        *,
        last_rank as decided_rank
    from ranked_shares
    where
        first_rank > left_over
        or left_over >= last_rank

    union all

    -- names decide only where some but not all of equal remainders are rounded up, so only these are looked up:
    -- all 27,000 names of a month took 0.4 s, the 7 that are needed 0.02 s
    select
        *,
        first_rank + row_number() over (
            partition by party_set, height, tx_index
            order by
                coalesce(sender_code, {{ account_name('sender_id') }}) asc,
                coalesce(receiver_code, {{ account_name('receiver_id') }}) asc
        ) - 1 as decided_rank
    from ranked_shares
    where
        first_rank <= left_over
        and left_over < last_rank

),

valued_shares as (

    select
        *,
        cast(whole + case when decided_rank <= left_over then 1 else 0 end as bigint) as value
    from decided_shares

),

shared_transfers as (

    select
        day,
        height,
        tx_index,
        party_set,
        sender_code,
        sender_id,
        receiver_code,
        receiver_id,
        value
    from valued_shares
    where
        not is_folded
        and value > 0

),

folded_transfers as (

    -- a coinjoin of 300 with 300 accounts has 90,000 pairs, and flows need only those with an exchange
    select
        day,
        height,
        tx_index,
        party_set,
        cast('OTHERS' as {{ dbt.type_string() }}) as sender_code,
        cast(null as bigint) as sender_id,
        cast('OTHERS' as {{ dbt.type_string() }}) as receiver_code,
        cast(null as bigint) as receiver_id,
        cast(sum(value) as bigint) as value
    from valued_shares
    where is_folded
    group by day, height, tx_index, party_set

)

select *
from direct_transfers
union all
select *
from shared_transfers
union all
select *
from folded_transfers
order by height, tx_index, party_set, sender_id, sender_code, receiver_id, receiver_code
