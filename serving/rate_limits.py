"""How many requests a key has left in the present window of time."""

import math
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from serving.keys import Caller
from serving.recent import Recent

# Windows that are kept; any number of addresses may ask.
_WINDOWS = 10_000


@dataclass(frozen=True)
class Allowance:
    """What is left to a caller after a request, which was granted unless ``remaining`` is below 0."""

    limit: int
    remaining: int
    reset_seconds: int

    @property
    def granted(self) -> bool:
        """Whether the request may go on."""
        return self.remaining >= 0

    def headers(self) -> dict[str, str]:
        """The usual headers, in whole seconds.

        At 0 the remaining requests are left out: the official client would discard the answer.
        """
        headers = {"x-ratelimit-limit": str(self.limit), "x-ratelimit-reset": str(self.reset_seconds)}
        if self.remaining > 0 or not self.granted:
            headers["x-ratelimit-remaining"] = str(max(self.remaining, 0))
        return headers


class RateLimits:
    """Counts requests by key in windows of fixed length, and by day for whoever asks how many they made."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Count by a clock in seconds."""
        self._clock = clock
        self._lock = threading.Lock()
        self._windows: Recent[tuple[float, int]] = Recent(_WINDOWS)
        self._days: dict[str, Counter[str]] = {}

    def take(self, caller: Caller) -> Allowance | None:
        """Count a request; None where the caller has no limit."""
        with self._lock:
            if caller.name:
                self._days.setdefault(caller.sha256, Counter())[datetime.now(UTC).date().isoformat()] += 1
            if not caller.requests:
                return None
            now = self._clock()
            begin, count = self._windows.get(caller.sha256) or (now, 0)
            if now - begin >= caller.seconds:
                begin, count = now, 0
            granted = count < caller.requests
            self._windows.put(caller.sha256, (begin, count + granted))
            remaining = caller.requests - count - 1
            return Allowance(caller.requests, remaining, max(1, math.ceil(begin + caller.seconds - now)))

    @property
    def windows(self) -> int:
        """How many windows are kept."""
        return len(self._windows)

    def days(self, caller: Caller) -> dict[str, int]:
        """Requests of a caller by day, since the server was started."""
        with self._lock:
            return dict(self._days.get(caller.sha256, {}))
