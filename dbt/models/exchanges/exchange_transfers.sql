{#- Pro rata with largest remainder: the parts of a transaction add up to its whole (docs/method.md, Transfers). -#}

with nets as (

    select *
    from {{ ref('exchange_party_nets') }}
    where {{ in_window() }}

),

senders as (

    select
        *,
        -- a transaction sums to 0, so what its senders lost is what its receivers gained
        -sum(net) over (partition by party_set, height, tx_index) as total
    from nets
    where net < 0

),

pairs as (

    select
        senders.day,
        senders.height,
        senders.tx_index,
        senders.party_set,
        senders.party as sender,
        receivers.party as receiver,
        senders.is_exchange as sender_is_exchange,
        receivers.is_exchange as receiver_is_exchange,
        senders.total,
        cast(-senders.net as {{ huge_integer() }}) * receivers.net as product
    from senders
    inner join nets as receivers
        on
            senders.party_set = receivers.party_set
            and senders.height = receivers.height
            and senders.tx_index = receivers.tx_index
    where receivers.net > 0

),

shares as (

    select
        *,
        product // total as whole,
        total - sum(product // total) over (partition by party_set, height, tx_index) as left_over,
        row_number() over (
            partition by party_set, height, tx_index
            order by product % total desc, sender asc, receiver asc
        ) as remainder_rank
    from pairs

),

transfers as (

    select
        *,
        cast(whole + case when remainder_rank <= left_over then 1 else 0 end as bigint) as value
    from shares

)

select
    day,
    height,
    tx_index,
    party_set,
    sender,
    receiver,
    sender_is_exchange,
    receiver_is_exchange,
    value
from transfers
where value > 0
