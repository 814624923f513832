"""Series of accounts (definitions, part 2, section 3, second table): active, new, and by what they hold.

Block 0 is left out of all of them: its output was never paid to anybody, so its account counts once others pay it.
"""

from collections import Counter, deque
from fractions import Fraction

from .accounts import VIRTUAL
from .holders import COIN
from .ledger import Posting
from .values import Count, DayValues

THOUSAND, MILLION, BILLION = 10**3, 10**6, 10**9
NATIVE = {
    "0.001": COIN // 1000,
    "0.01": COIN // 100,
    "0.1": COIN // 10,
    "1": COIN,
    "10": 10 * COIN,
    "100": 100 * COIN,
    "1K": THOUSAND * COIN,
    "10K": 10 * THOUSAND * COIN,
    "100K": 100 * THOUSAND * COIN,
    "1M": MILLION * COIN,
}
ONE_IN = {
    "1K": THOUSAND,
    "10K": 10 * THOUSAND,
    "100K": 100 * THOUSAND,
    "1M": MILLION,
    "10M": 10 * MILLION,
    "100M": 100 * MILLION,
    "1B": BILLION,
    "10B": 10 * BILLION,
}
DOLLARS = {
    "1": 1,
    "10": 10,
    "100": 100,
    "1K": THOUSAND,
    "10K": 10 * THOUSAND,
    "100K": 100 * THOUSAND,
    "1M": MILLION,
    "10M": 10 * MILLION,
}
OUTPUTS_ABOVE = {"100k": 100 * THOUSAND, "1M": MILLION, "10M": 10 * MILLION, "100M": 100 * MILLION}
OUTPUTS_BELOW = {"100": 100, "500": 500, "1k": THOUSAND, "10k": 10 * THOUSAND}
SPANS = {7: "AdrAct7dCnt", 30: "AdrAct30dCnt", 60: "active_addresses_60d", 90: "active_addresses_90d"}


class Addresses:
    """The accounts of a growing chain: who was active lately, and who has ever been."""

    def __init__(self) -> None:
        self.recent: deque[set[str]] = deque(maxlen=max(SPANS))
        self.known: set[str] = set()
        self.of_block_0: Counter[str] = Counter()

    def add_day(self, values: DayValues, postings: list[Posting], balances: dict[str, int]) -> None:
        """Add a day's values: its postings, and the balances at its end."""
        for posting in postings:
            if posting.height == 0:
                self.of_block_0.update({e.account: e.value for e in posting.entries if e.account not in VIRTUAL})
        entries = [entry for posting in postings if posting.height > 0 for entry in posting.entries]
        active = {entry.account for entry in entries} - VIRTUAL
        held = {account: value - self.of_block_0[account] for account, value in balances.items()}
        holding = {account: value for account, value in held.items() if value > 0 and account not in VIRTUAL}
        self.recent.append(active)
        new = active - self.known
        self.known |= active
        values.count("AdrActCnt", len(active))
        values.count("AdrActRecCnt", len({entry.account for entry in entries if entry.value > 0} - VIRTUAL))
        values.count("AdrActSentCnt", len({entry.account for entry in entries if entry.value < 0} - VIRTUAL))
        for span, metric in SPANS.items():
            values.count(metric, len(set[str]().union(*list(self.recent)[-span:])))
        values.count("AdrNewCnt", len(new))
        values.count("AdrNewBalCnt", len(new & holding.keys()))
        add_holdings(values, sorted(holding.values(), reverse=True))
        add_outputs(values, postings)


def add_holdings(values: DayValues, holding: list[int]) -> None:
    """Counts and sums of the balances that reach a threshold, and of the largest ones; from the largest down."""
    supply = values.by_id["SplyCur"]
    assert isinstance(supply, int)
    values.count("AdrBalCnt", len(holding))
    for name, least in NATIVE.items():
        add_reached(values, f"AdrBalNtv{name}", [value for value in holding if value >= least])
    for name, divisor in ONE_IN.items():
        add_reached(values, f"AdrBal1in{name}", [value for value in holding if value * divisor >= supply])
    for name, dollars in DOLLARS.items():
        price = values.price
        reached = None if price is None else [value for value in holding if price * value >= dollars * COIN]
        add_reached(values, f"AdrBalUSD{name}", reached)
    values.native("SplyAdrTop100", sum(holding[:100]))
    values.native("SplyAdrTop1Pct", sum(holding[: max(1, len(holding) // 100)]))
    values.native("SplyAdrTop10Pct", sum(holding[: max(1, len(holding) // 10)]))
    large = sum(value for value in holding if value * ONE_IN["10K"] >= supply)
    small = supply - sum(value for value in holding if value * ONE_IN["10M"] >= supply)
    top = sum(holding[: max(1, len(holding) // 100)])
    values.quotient("NDF", Fraction(large, supply) if supply else None)
    values.quotient("SER", Fraction(small, top) if top else None)


def add_reached(values: DayValues, stem: str, reached: list[int] | None) -> None:
    """Number and sum of the balances that reach a threshold; null where that is not known."""
    values.by_id[f"{stem}Cnt"] = None if reached is None else Count(len(reached))
    values.native(f"Sply{stem}", None if reached is None else sum(reached))


def add_outputs(values: DayValues, postings: list[Posting]) -> None:
    """Outputs that are worth more, or less, than some dollars; change is among them, coinbases are not."""
    price = values.price
    paid = [
        entry.value
        for posting in postings
        if posting.kind == "regular"
        for entry in posting.entries
        if entry.kind == "output" and entry.account not in VIRTUAL
    ]
    for name, dollars in OUTPUTS_ABOVE.items():
        found = None if price is None else [value for value in paid if price * value > dollars * COIN]
        add_paid(values, f"TxTfrValAbUSD{name}", found)
    for name, dollars in OUTPUTS_BELOW.items():
        found = None if price is None else [value for value in paid if price * value < dollars * COIN]
        add_paid(values, f"TxTfrValBelUSD{name}", found)


def add_paid(values: DayValues, stem: str, paid: list[int] | None) -> None:
    """Number and sum of some outputs; null where they are not known."""
    values.by_id[f"{stem}Cnt"] = None if paid is None else Count(len(paid))
    values.amount(stem, None if paid is None else sum(paid))
