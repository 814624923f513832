"""How much one call of dbt builds: what one needs to sort and to join should mostly fit into memory."""

import re

# 20 million outputs to 14 million new accounts take 12 GB, most of it to look the accounts up. Within 4 GB that spilled
# 4 GB, and failed where another model ran beside it (bench dense_part).
ROWS_PER_GB = 2_500_000
# With fewer rows, starting dbt takes longer than building them.
LEAST_ROWS = 1_000_000

_SIZE = re.compile(r"([\d.]+) ?([kmgt])", re.IGNORECASE)
_GIGABYTES = {"k": 1e-6, "m": 1e-3, "g": 1.0, "t": 1e3}


def rows_at_once(memory_limit: str) -> int:
    """Return how many inputs and outputs one call of dbt may rewrite within a memory limit such as ``4GB``."""
    size = _SIZE.match(memory_limit)
    assert size is not None  # as the settings have checked
    return max(int(float(size[1]) * _GIGABYTES[size[2].lower()] * ROWS_PER_GB), LEAST_ROWS)
