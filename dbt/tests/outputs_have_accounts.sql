-- Every output has an account.
select
    day,
    'output ' || output_index || ' of transaction ' || tx_index || ' of block ' || height as offender,
    'its account has no number' as detail
from {{ ref('outputs') }}
where
    {{ in_window() }}
    and account_id is null
order by height, tx_index, output_index
