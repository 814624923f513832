{{ config(post_hook={'sql': drop_shared('window_outputs'), 'transaction': false}) }}

select
    window_outputs.day,
    window_outputs.height,
    window_outputs.tx_index,
    window_outputs.output_index,
    window_outputs.txid_key,
    window_outputs.script_type,
    case
        when window_outputs.script_type = 'nulldata' then {{ virtual_account('UNSPENDABLE') }}
        else user_accounts.account_id
    end as account_id,
    window_outputs.value
from {{ window_outputs() }} as window_outputs
left join {{ ref('user_accounts') }} as user_accounts
    on
        window_outputs.account = user_accounts.account
        and user_accounts.day <= date '{{ window_end() }}'
order by window_outputs.height, window_outputs.tx_index, window_outputs.output_index
