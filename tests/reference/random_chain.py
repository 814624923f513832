"""What a random chain is asked to look like, and what comes of it."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from random import Random

from .consensus_time import block_days, complete_days, median_times
from .exports import write_export, write_labels, write_prices
from .ledger import Row
from .metrics import ReferenceResult, compute
from .parameters import ChainParameters

DAY = 86_400
START = 1_705_708_800


@dataclass(frozen=True)
class ChainOptions:
    """What a random chain looks like; everything else follows from the seed.

    Attributes:
        seed: of all that is random.
        blocks: blocks that are drawn; block 0, leading blocks and those that complete the last day come on top.
        days: days that the drawn blocks may fall on.
        keys: keys that the accounts belong to (two or three accounts each).
        payments: most payments in a block.
        labels: accounts labelled as exchanges; 0: no labels at all.
        leading_blocks: coinbase-only blocks before the drawn ones (a subsidy lasts for 150 blocks).
        genesis_gap: let the chain begin years after block 0, else within three days.
        long_gap_days: days without blocks somewhere among the drawn ones.
        duplicates: repeat earlier coinbases, which then have the same txid.
        partial_duplicates: repeat also such of which some outputs are spent and others are not.
        old_node: rows as a node older than version 22 gives them.
        maturity: blocks before a coinbase may be spent; consensus says 100.
        hard_bits: let blocks be harder to mine from some height on. Nobody mined these, nor do the rules of regtest
            allow it: such a chain cannot be proven.
        priced: the share of days with a price; values over 30 to 365 days need one on each of these.
        min_confirmations: what completes a day.

    """

    seed: int
    blocks: int = 20
    days: int = 6
    keys: int = 4
    payments: int = 3
    labels: int = 4
    leading_blocks: int = 0
    genesis_gap: bool = True
    long_gap_days: int = 0
    duplicates: bool = True
    partial_duplicates: bool = True
    old_node: bool = False
    maturity: int = 1
    hard_bits: bool = False
    priced: float = 0.8
    min_confirmations: int = 1


@dataclass
class RandomChain:
    """A chain with real ids as rows and as raw blocks, and the labels and prices that go with it."""

    options: ChainOptions
    chain: ChainParameters
    blocks: list[Row] = field(default_factory=list)
    transactions: list[Row] = field(default_factory=list)
    raw_blocks: list[bytes] = field(default_factory=list)
    labels: dict[str, str] = field(default_factory=dict)
    prices: dict[date, Decimal] = field(default_factory=dict)

    write_export = write_export
    write_labels = write_labels
    write_prices = write_prices

    def reference(self) -> ReferenceResult:
        """Compute the reference of this chain."""
        confirmations = self.options.min_confirmations
        return compute(self.blocks, self.transactions, self.chain, self.labels, self.prices, confirmations)


def header_times(options: ChainOptions, chain: ChainParameters) -> list[int]:
    """Return header times: jittering, on some of the days only, and always later than the median before them.

    Blocks are added at the end until every day that a drawn block falls on is complete.
    """
    random = Random(f"{options.seed}/times")
    start = START if options.genesis_gap else chain.genesis_time + random.randrange(3 * DAY)
    used_days = sorted(random.sample(range(options.days), random.randint(1, options.days)))
    drawn = sorted(start + random.choice(used_days) * DAY + random.randrange(DAY) for _ in range(options.blocks))
    gap_from = random.randrange(options.blocks + 1)
    drawn = [time + options.long_gap_days * DAY * (place >= gap_from) for place, time in enumerate(drawn)]
    leading = [start - 60 * left for left in range(options.leading_blocks, 0, -1)]
    times = [chain.genesis_time]
    for time in (*leading, *drawn):
        jittered = time + random.choice([0, 0, random.randint(-7200, 7200)])
        times.append(max(jittered, median_times(times)[-1] + 1))
    last_day = block_days(times)[-1]
    following = max(times) + DAY
    while last_day not in complete_days(block_days(times), options.min_confirmations):
        times.append(following)
        following += 600
    return times
