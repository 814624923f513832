"""Transfers, fees and data of a day (definitions, part 2, sections 1 and 2), from bitcoin-etl's transactions."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction

from .accounts import UNSPENDABLE, account_of
from .ledger import Row, in_order
from .parameters import ChainParameters

ONE_HOUR = 3600
DECIMALS = 8


@dataclass
class Transfer:
    """An output of a value above 0, not of a coinbase, to an account that is no input account of its transaction.

    ``is_remainder``: it has 4 or more decimals more than each other transfer of its transaction, of which there is one
    at least. ``spent_after``: seconds of consensus time until it was spent, None where it never was.
    """

    value: int
    is_remainder: bool
    spent_after: int | None = None


@dataclass
class Transactions:
    """What the transactions of a day that are no coinbases have in common.

    ``with_data`` counts those with an output that nobody can spend; ``moved`` is what each moves: its transfers' sum.
    """

    fees: list[int] = field(default_factory=list)
    transfers: list[Transfer] = field(default_factory=list)
    moved: list[int] = field(default_factory=list)
    with_data: int = 0


def by_day(
    transactions: Iterable[Row], days_of_heights: list[date], times: list[int], chain: ChainParameters
) -> dict[date, Transactions]:
    """Return what each day's transactions have in common; a day without any is not there.

    Args:
        transactions: of the whole chain, in any order.
        days_of_heights: the day of every block.
        times: consensus time of every block.
        chain: the chain's parameters.

    """
    found: dict[date, Transactions] = {}
    transferred: dict[tuple[str, int], tuple[int, Transfer]] = {}
    outputs: dict[tuple[str, int], tuple[str, int]] = {}
    for row in sorted(transactions, key=lambda row: (row["block_number"], row["index"])):
        spent = [outputs[i["spent_transaction_hash"], i["spent_output_index"]] for i in row["inputs"] if row["index"]]
        height = row["block_number"]
        for spent_input in row["inputs"] if row["index"] else ():
            place = (spent_input["spent_transaction_hash"], spent_input["spent_output_index"])
            if place in transferred:
                created_at, transfer = transferred.pop(place)
                transfer.spent_after = times[height] - times[created_at]
        created = [(account_of(output["script_hex"], chain), output["value"]) for output in in_order(row)]
        for output, (account, value) in zip(in_order(row), created, strict=True):
            outputs[row["hash"], output["index"]] = (account, value)
        if row["index"] == 0:
            continue
        day = days_of_heights[height]
        of_day = found.setdefault(day, Transactions())
        of_day.fees.append(sum(value for _, value in spent) - sum(value for _, value in created))
        of_day.with_data += any(account == UNSPENDABLE for account, _ in created)
        senders = {account for account, _ in spent}
        places = list(received(created, senders))
        values = [created[place][1] for place in places]
        of_day.moved.append(sum(values))
        for place, value in zip(places, values, strict=True):
            transfer = Transfer(value, is_remainder(value, values))
            of_day.transfers.append(transfer)
            transferred[row["hash"], in_order(row)[place]["index"]] = (height, transfer)
    return found


def received(created: list[tuple[str, int]], senders: set[str]) -> Iterator[int]:
    """Yield the places of the outputs that are transfers."""
    for place, (account, value) in enumerate(created):
        if value > 0 and account != UNSPENDABLE and account not in senders:
            yield place


def decimals(satoshi: int) -> int:
    """Return how many decimals an amount has in coins, the zeros at its end left out."""
    return len(f"{satoshi:0{DECIMALS + 1}}"[-DECIMALS:].rstrip("0"))


def is_remainder(value: int, values: list[int]) -> bool:
    """Say whether one of a transaction's transfers has 4 or more decimals more than each of the others."""
    others = list(values)
    others.remove(value)
    return bool(others) and all(decimals(value) >= decimals(other) + 4 for other in others)


def adjusted(found: Iterable[Transfer]) -> int:
    """Return the sum of the transfers that are no remainders and not spent within an hour."""
    return sum(
        transfer.value
        for transfer in found
        if not transfer.is_remainder and (transfer.spent_after is None or transfer.spent_after > ONE_HOUR)
    )


def median(values: Iterable[int]) -> Fraction | None:
    """Return the middle of some numbers, of an even number of them the mean of the two in the middle."""
    ordered = sorted(values)
    if not ordered:
        return None
    half = len(ordered) // 2
    return Fraction(
        ordered[half] if len(ordered) % 2 else ordered[half - 1] + ordered[half], 1 + (len(ordered) + 1) % 2
    )
