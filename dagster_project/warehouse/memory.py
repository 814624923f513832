"""How much one call of dbt builds: what it has to join and to sort should mostly fit into memory."""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date

from dagster_project.days import ONE_DAY, Days, chunks
from dagster_project.progress import tell
from dagster_project.warehouse.dbt_run import Outcome

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


def in_parts(days: Days, size: Mapping[date, int], rows: int, run: Callable[[Days], Outcome]) -> Iterator[Outcome]:
    """Run dbt for each part of a range of days, up to the first that fails; where memory does not suffice, for halves.

    Args:
        days: the range.
        size: inputs and outputs of each day.
        rows: how many of them a part may have, unless a single day has more.
        run: runs dbt for some days.

    Yields:
        The outcome of each part.
    """
    waiting = chunks(days, size, rows)
    while waiting:
        part = waiting.pop(0)
        outcome = run(part)
        if outcome.out_of_memory and len(part) > 1 and sum(size.get(day, 0) for day in part) > LEAST_ROWS:
            tell(f"{part} needs more memory than SATLEDGER_MEMORY_LIMIT: it is built in halves, which takes longer.")
            middle = part.first + len(part) // 2 * ONE_DAY
            waiting = [Days(part.first, middle - ONE_DAY), Days(middle, part.last), *waiting]
            continue
        yield outcome
        if not outcome.succeeded:
            return
