-- No block issues more than its height allows.
select
    day,
    'block ' || height as offender,
    'it issues ' || issuance || ' satoshi where ' || subsidy || ' are allowed' as detail
from {{ ref('blocks') }}
where
    {{ in_window() }}
    and issuance > subsidy
order by height
