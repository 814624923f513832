{{ config(post_hook=[
    {'sql': "{{ drop_shared('window_outputs') }}", 'transaction': false},
    {'sql': "{{ drop_shared('window_accounts') }}", 'transaction': false}
]) }}

with window_accounts as (

    select
        window_accounts.account_key,
        window_accounts.account_type,
        window_accounts.payload,
        coalesce(window_accounts.known_id, new_accounts.account_id) as account_id
    from {{ window_accounts(ref('user_accounts')) }} as window_accounts
    left join {{ ref('user_accounts') }} as new_accounts
        on
            {{ same_account('window_accounts', 'new_accounts') }}
            and {{ in_window('new_accounts.day') }}

)

select
    window_outputs.day,
    window_outputs.height,
    window_outputs.tx_index,
    window_outputs.output_index,
    window_outputs.txid_key,
    window_outputs.script_type,
    case
        when window_outputs.script_type = 'nulldata' then {{ virtual_account('UNSPENDABLE') }}
        else window_accounts.account_id
    end as account_id,
    window_outputs.value
from {{ window_outputs() }} as window_outputs
left join window_accounts
    on {{ same_account('window_outputs', 'window_accounts') }}
order by window_outputs.height, window_outputs.tx_index, window_outputs.output_index
