select
    day,
    chain,
    first_height,
    last_height,
    first_hash,
    last_hash,
    fingerprint
from {{ read_manifests() }} as manifests
where {{ in_window() }}
