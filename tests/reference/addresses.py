"""Series of accounts (definitions, part 2, section 3, second table): active and new ones.

Block 0 is left out of all of them: its output was never paid to anybody, so its account counts once others pay it.
"""

from collections import Counter, deque

from .accounts import VIRTUAL
from .ledger import Posting
from .values import DayValues

SPANS = (7, 30)


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
        for span in SPANS:
            values.count(f"AdrAct{span}dCnt", len(set[str]().union(*list(self.recent)[-span:])))
        values.count("AdrNewCnt", len(new))
        values.count("AdrNewBalCnt", len(new & holding.keys()))
