"""Every output of a chain from its creation to its end (definitions, part 2, section 3), from bitcoin-etl's rows."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from .accounts import UNSPENDABLE, account_of
from .ledger import Row, in_order
from .parameters import ChainParameters

SECONDS = 86_400


@dataclass
class Coin:
    """An output that can be spent.

    ``lost_on`` is the day on which a coinbase with the same outpoint overwrote it (BIP30).
    """

    value: int
    from_coinbase: bool
    created_on: date
    created_at: int
    spent_on: date | None = None
    spent_at: int | None = None
    lost_on: date | None = None

    def is_unspent(self, day: date) -> bool:
        """Say whether it is there at a day's end."""
        ends = [end for end in (self.spent_on, self.lost_on) if end is not None]
        return self.created_on <= day and all(end > day for end in ends)

    def age(self, day: date) -> int:
        """Return how many days it is old on a day on which it is unspent."""
        return (day - self.created_on).days

    @property
    def age_when_spent(self) -> int:
        """How many full days it was old when it was spent."""
        assert self.spent_at is not None
        return (self.spent_at - self.created_at) // SECONDS


def all_coins(
    transactions: Iterable[Row], days_of_heights: list[date], times: list[int], chain: ChainParameters
) -> list[Coin]:
    """Return every output that can be spent, but those of block 0, in chain order.

    Args:
        transactions: of the whole chain, in any order.
        days_of_heights: the day of every block.
        times: consensus time of every block.
        chain: the chain's parameters.

    """
    found: list[Coin] = []
    unspent: dict[tuple[str, int], Coin] = {}
    for row in sorted(transactions, key=lambda row: (row["block_number"], row["index"])):
        height, is_coinbase = row["block_number"], row["index"] == 0
        day, time = days_of_heights[height], times[height]
        for spent in () if is_coinbase else row["inputs"]:
            coin = unspent.pop((spent["spent_transaction_hash"], spent["spent_output_index"]))
            coin.spent_on, coin.spent_at = day, time
        for output in in_order(row):
            if account_of(output["script_hex"], chain) == UNSPENDABLE:
                continue
            coin = Coin(output["value"], is_coinbase, day, time)
            overwritten = unspent.get((row["hash"], output["index"]))
            if overwritten is not None:
                overwritten.lost_on = day
            unspent[row["hash"], output["index"]] = coin
            if height > 0:
                found.append(coin)
    return found
