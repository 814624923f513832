{#-
    The accounts whose first output lies in the window, in the order of their numbers, with their names.

    Their outputs are materialized, so that names are spelled in blocks of 2,048 rows: the join hands on blocks of 700,
    and each call of the function takes a millisecond. Of 1.75 million accounts that is 1.5 s of 6.3.
-#}

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

),

first_outputs as {{ materialized() }} (

    select
        outputs.day,
        first_payments.account_id,
        outputs.account_type,
        outputs.payload
    from {{ ref('stg_outputs') }} as outputs
    inner join first_payments
        on {{ output_place('outputs.height', 'outputs.tx_index', 'outputs.output_index') }} = first_payments.place

)

select
    first_outputs.day,
    first_outputs.account_id,
    {{ bytes_key('first_outputs.payload') }} as account_key,
    first_outputs.account_type,
    first_outputs.payload,
    {{ account_text('first_outputs.account_type', 'first_outputs.payload') }} as account
from first_outputs
cross join chain_parameters
order by first_outputs.account_id
