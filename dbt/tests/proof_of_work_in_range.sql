-- Target exponents lie in the range for which macros/proof_of_work.sql is exact.
select
    day,
    'block ' || height as offender,
    'its target ' || bits || ' is outside of what exact work is defined for' as detail
from {{ ref('blocks') }}
where
    {{ in_window() }}
    and {{ hex_integer("substr(bits, 1, 2)") }} not between 20 and 34
order by height
