"""The double-entry ledger (definitions, section 2): integer satoshi, credit > 0, debit < 0.

Blocks and transactions are bitcoin-etl's dictionaries, inputs not enriched.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from .accounts import FEES, ISSUANCE, UNSPENDABLE, account_of
from .parameters import ChainParameters

Row = dict[str, Any]
Kind = Literal["regular", "coinbase", "overwrite"]
EntryKind = Literal["input", "output", "fee", "issuance", "overwrite"]
OVERWRITE_INDEX = -1


@dataclass(frozen=True)
class Entry:
    """One line of the ledger."""

    kind: EntryKind
    account: str
    value: int


@dataclass(frozen=True)
class Posting:
    """The entries of one transaction in order: inputs, outputs, fee; or, of a coinbase, fee, issuance, outputs.

    ``overwrite`` is the pseudo-transaction of BIP30; it has index -1 and is part of no flow.
    """

    day: date
    height: int
    tx_index: int
    txid: str
    kind: Kind
    entries: tuple[Entry, ...]
    fee: int = 0

    @property
    def credited(self) -> set[str]:
        """Accounts with a credit."""
        return {entry.account for entry in self.entries if entry.value > 0}

    @property
    def debited(self) -> set[str]:
        """Accounts with a debit."""
        return {entry.account for entry in self.entries if entry.value < 0}


@dataclass(frozen=True)
class Output:
    """An output that can be spent."""

    account: str
    value: int


class Ledger:
    """Postings of a growing chain, and the unspent outputs behind them."""

    def __init__(self, chain: ChainParameters) -> None:
        self.chain = chain
        self.postings: list[Posting] = []
        self.unspent: dict[tuple[str, int], Output] = {}

    def add_block(self, height: int, day: date, transactions: list[Row]) -> None:
        """Post a block's transactions, ordered by index; KeyError names the first input without previous output."""
        coinbase, *others = transactions
        overwrite = self._overwritten(coinbase)
        reward = self._add_outputs(coinbase)
        regular = [self._regular(height, day, transaction) for transaction in others]
        fees = sum(posting.fee for posting in regular)
        block = [coinbase_posting(height, day, coinbase, reward, fees), *regular]
        for posting in block:
            assert sum(entry.value for entry in posting.entries) == 0, posting
        assert sum(e.value for posting in block for e in posting.entries if e.account == FEES) == 0, height
        if overwrite:
            self.postings.append(Posting(day, height, OVERWRITE_INDEX, coinbase["hash"], "overwrite", overwrite))
        self.postings.extend(block)

    def _overwritten(self, coinbase: Row) -> tuple[Entry, ...]:
        """Move what is still unspent of an earlier coinbase with the same txid (hence the same outputs)."""
        moved: list[Entry] = []
        for row in in_order(coinbase):
            lost = self.unspent.pop((coinbase["hash"], row["index"]), None)
            if lost is not None:
                moved += entries("overwrite", [(lost.account, -lost.value), (UNSPENDABLE, lost.value)])
        return tuple(moved)

    def _add_outputs(self, transaction: Row) -> list[Output]:
        outputs = []
        for row in in_order(transaction):
            output = Output(account_of(row["script_hex"], self.chain), row["value"])
            outputs.append(output)
            if output.account != UNSPENDABLE:
                self.unspent[transaction["hash"], row["index"]] = output
        return outputs

    def _regular(self, height: int, day: date, transaction: Row) -> Posting:
        spent = [
            self.unspent.pop((row["spent_transaction_hash"], row["spent_output_index"]))
            for row in sorted(transaction["inputs"], key=lambda row: row["index"])
        ]
        outputs = self._add_outputs(transaction)
        fee = sum(output.value for output in spent) - sum(output.value for output in outputs)
        assert fee >= 0, f"{transaction['hash']} creates money"
        lines = (
            *entries("input", [(output.account, -output.value) for output in spent]),
            *entries("output", [(output.account, output.value) for output in outputs]),
            *entries("fee", [(FEES, fee)]),
        )
        return Posting(day, height, transaction["index"], transaction["hash"], "regular", lines, fee)


def coinbase_posting(height: int, day: date, transaction: Row, outputs: list[Output], fees: int) -> Posting:
    """Post a coinbase; a miner who claims less than the fees credits ISSUANCE."""
    claimed = sum(output.value for output in outputs)
    lines = (
        *entries("fee", [(FEES, -fees)]),
        *entries("issuance", [(ISSUANCE, fees - claimed)]),
        *entries("output", [(output.account, output.value) for output in outputs]),
    )
    return Posting(day, height, transaction["index"], transaction["hash"], "coinbase", lines)


def in_order(transaction: Row) -> list[Row]:
    """Return a transaction's outputs by index."""
    return sorted(transaction["outputs"], key=lambda row: row["index"])


def entries(kind: EntryKind, lines: Iterable[tuple[str, int]]) -> list[Entry]:
    """Entries of (account, value); a value of 0 has none."""
    return [Entry(kind, account, value) for account, value in lines if value != 0]


def build_ledger(
    transactions: list[Row], days_of_heights: list[date], last_day: date, chain: ChainParameters
) -> list[Posting]:
    """All postings up to and including a day, in chain order."""
    by_block: dict[int, list[Row]] = {}
    for transaction in sorted(transactions, key=lambda row: (row["block_number"], row["index"])):
        by_block.setdefault(transaction["block_number"], []).append(transaction)
    ledger = Ledger(chain)
    for height, day in enumerate(days_of_heights):
        if day > last_day:
            break
        ledger.add_block(height, day, by_block[height])
    return ledger.postings
