"""The settings of a sample chain: its seed, its size and its actors.

Everything else in this package is a pure function of a ``Plan`` and of the chain's parameters: the same plan gives the
same bytes on every machine. So amounts, counts and lifetimes are only computed with integers and with +, -, *, /:
logarithms and powers may differ in the last bit between processors.
"""

from dataclasses import dataclass

import numpy as np

from dagster_project.errors import SatledgerError

# Real exchange codes, so that their metrics have values; all data about them are invented.
EXCHANGES = ("BFX", "BMX", "BNB", "BSP", "BTX", "CBS", "GEM", "HUO", "KRK", "POL")
EXCHANGE_COUNT = len(EXCHANGES)
LATE_EXCHANGE = EXCHANGES.index("POL")  # opens after a quarter of the days: it has labels before, but no payments
POOL_COUNT = 8
SERVICES = 20  # the first users are firms with one address each that everybody pays; the next ones also mine

GENERATOR_VERSION = "3"  # raise it whenever a change of the code makes the same plan give another chain
NEVER = np.iinfo(np.int32).max  # due height of an output that nobody will spend


@dataclass(frozen=True)
class Plan:
    """Seed and size of a sample chain.

    ``entries`` is the planned number of ledger entries (inputs, outputs and one fee per transaction); the actual number
    differs by a few percent. ``days`` is the number of complete days; half a day follows them.
    """

    seed: int = 1
    days: int = 450
    blocks_per_day: int = 20
    entries: int = 100_000

    def __post_init__(self) -> None:
        if self.seed < 0 or self.days < 12 or self.blocks_per_day < 8 or self.entries < self.days:
            raise SatledgerError(
                f"A sample chain of seed {self.seed}, {self.days} days, {self.blocks_per_day} blocks a day and "
                f"{self.entries} entries cannot be made: it needs a seed of 0 or more, at least 12 days, at least "
                "8 blocks a day and at least one entry a day."
            )

    @property
    def text(self) -> str:
        """The plan as text, for manifests and coinbases."""
        return (
            f"{GENERATOR_VERSION}, seed {self.seed}, {self.days} days, {self.blocks_per_day} blocks a day, "
            f"{self.entries} entries"
        )

    @property
    def users(self) -> int:
        """Number of people and firms, without pools and exchanges."""
        return max(300, self.entries // 1_000)

    @property
    def deposit_addresses(self) -> int:
        """Number of deposit addresses of each exchange."""
        return max(40, self.users // 2)

    @property
    def miners(self) -> int:
        """Number of users who, by the end of the chain, were paid as miners in the coinbases of a pool."""
        return min(max(30, self.users // 10), 400)

    @property
    def batches_per_day(self) -> int:
        """Rounds of spending per day: an output can be spent in the round after the one that created it."""
        return min(max(self.entries // self.days // 100, 3), 8)

    def random(self, *stream: int) -> np.random.Generator:
        """An independent random stream for one purpose and day."""
        return np.random.Generator(np.random.PCG64(np.random.SeedSequence([self.seed, *stream])))


DEFAULT_PLAN = Plan()
