-- Heights are contiguous and unique, and each block's previous hash is its parent's.
with window_blocks as (

    select *
    from {{ ref('blocks') }}
    where {{ in_window() }}

),

linked_blocks as (

    select
        window_blocks.day,
        window_blocks.height,
        window_blocks.previous_hash,
        parents.hash as parent_hash,
        count(*) over (partition by window_blocks.height) as copies
    from window_blocks
    left join {{ ref('blocks') }} as parents
        on
            window_blocks.height = parents.height + 1
            and window_blocks.day >= parents.day

)

select
    day,
    'block ' || height as offender,
    'its parent is missing, another block than its header names, or the height is there more than once' as detail
from linked_blocks
where
    copies > 1
    or (height > 0 and (parent_hash is null or parent_hash <> previous_hash))
order by height
