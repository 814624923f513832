"""What a sample chain is to look like: its seed, its size and the actors in it.

Everything else in this package is a pure function of a ``Plan`` and of the chain's parameters: the same plan gives the
same bytes on every machine. So amounts, counts and lifetimes are made of integers and of +, -, *, / only: logarithms
and powers may differ in the last bit between processors.
"""

from dataclasses import dataclass

import numpy as np

from dagster_project.errors import SatledgerError

# Real exchange codes, so that their metrics fill; what the sample chain says about them is invented.
EXCHANGES = ("BFX", "BMX", "BNB", "BSP", "BTX", "CBS", "GEM", "HUO", "KRK", "POL")
EXCHANGE_COUNT = len(EXCHANGES)
LATE_EXCHANGE = EXCHANGES.index("POL")  # opens after a quarter of the days: labelled, but not paid before
POOL_COUNT = 8
SERVICES = 20  # the first users: firms with one address each that everybody pays; the next ones also mine

GENERATOR_VERSION = "3"  # raise it whenever the same plan gives another chain
NEVER = np.iinfo(np.int32).max  # due height of an output that nobody will spend


@dataclass(frozen=True)
class Plan:
    """Seed and size of a sample chain.

    ``entries`` is the number of ledger entries (inputs, outputs and one fee per transaction) to aim at; the chain ends
    up within some percent of it. ``days`` counts the complete days; half a day more follows.
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
        """What the chain is a function of, as manifests and coinbases say it."""
        return (
            f"{GENERATOR_VERSION}, seed {self.seed}, {self.days} days, {self.blocks_per_day} blocks a day, "
            f"{self.entries} entries"
        )

    @property
    def users(self) -> int:
        """How many people and firms there are besides pools and exchanges."""
        return max(300, self.entries // 1_000)

    @property
    def deposit_addresses(self) -> int:
        """Deposit addresses of each exchange."""
        return max(40, self.users // 2)

    @property
    def miners(self) -> int:
        """Users whom the pool that pays its miners in the coinbase will have paid by the end."""
        return min(max(30, self.users // 10), 400)

    @property
    def batches_per_day(self) -> int:
        """Rounds of spending a day: an output can be spent one round after it was made."""
        return min(max(self.entries // self.days // 100, 3), 8)

    def random(self, *stream: int) -> np.random.Generator:
        """An independent random stream for one purpose and day."""
        return np.random.Generator(np.random.PCG64(np.random.SeedSequence([self.seed, *stream])))


DEFAULT_PLAN = Plan()
