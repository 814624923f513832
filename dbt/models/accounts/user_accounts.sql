{#- The accounts whose first output lies in the window, in the order of their numbers, with their names. -#}

with chain_parameters as (

    select *
    from {{ ref('chain_parameters') }}
    where chain = '{{ chain() }}'

),

earlier_accounts as (

    {{ last_number_before_window(this if is_incremental() else none) }}

),

first_payments as (

    select
        outputs.account_id,
        min({{ output_place('outputs.height', 'outputs.tx_index', 'outputs.output_index') }}) as place
    from {{ ref('outputs') }} as outputs
    cross join earlier_accounts
    where
        {{ in_window('outputs.day') }}
        and {{ is_user('outputs.account_id') }}
        and outputs.account_id > earlier_accounts.last_id
    group by outputs.account_id

)

select
    outputs.day,
    first_payments.account_id,
    {{ bytes_key('outputs.payload') }} as account_key,
    outputs.account_type,
    outputs.payload,
    {{ account_text('outputs.account_type', 'outputs.payload') }} as account
from {{ ref('stg_outputs') }} as outputs
inner join first_payments
    on {{ output_place('outputs.height', 'outputs.tx_index', 'outputs.output_index') }} = first_payments.place
cross join chain_parameters
order by first_payments.account_id
