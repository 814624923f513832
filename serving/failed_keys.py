"""Slows down callers that give wrong API keys, by address.

A key is 192 random bits, so nobody guesses one. What is kept small is the work and the noise that trying makes. A right
key is never made to wait: others may be behind the same address.
"""

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from serving.recent import Recent

# So many wrong keys are answered at once; each further one doubles the wait (exponential backoff).
FREE_FAILURES = 10
LONGEST_WAIT_SECONDS = 60
FORGET_SECONDS = 600
_ADDRESSES = 10_000


@dataclass(frozen=True)
class _Record:
    failures: int
    last: float
    blocked_until: float


class FailedKeys:
    """Counts the wrong keys of each address."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Count by a clock in seconds."""
        self._clock = clock
        self._lock = threading.Lock()
        self._records: Recent[_Record] = Recent(_ADDRESSES)

    def __len__(self) -> int:
        """How many addresses are remembered."""
        return len(self._records)

    def count(self, address: str) -> int:
        """Count a wrong key of an address.

        Returns:
            The seconds that the address has to wait before it may give another, from 1 on; 0 where this one may be
            answered. What comes too early does not make the wait longer.
        """
        with self._lock:
            now = self._clock()
            record = self._records.get(address)
            if record is None or now - record.last > FORGET_SECONDS:
                record = _Record(0, now, now)
            if now < record.blocked_until:
                return math.ceil(record.blocked_until - now)
            failures = record.failures + 1
            doublings = min(failures - FREE_FAILURES, LONGEST_WAIT_SECONDS)
            wait = min(2**doublings, LONGEST_WAIT_SECONDS) if doublings >= 0 else 0
            self._records.put(address, _Record(failures, now, now + wait))
            return 0
