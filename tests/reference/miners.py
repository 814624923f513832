"""Mining entities and hops (definitions, section 6)."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from .accounts import VIRTUAL
from .ledger import Posting


@dataclass
class HopMembers:
    """Day of joining by account, for 0 hop and 1 hop, and every txid that proves that day."""

    joined: tuple[dict[str, date], dict[str, date]] = field(default_factory=lambda: ({}, {}))
    evidence: tuple[dict[str, set[str]], dict[str, set[str]]] = field(default_factory=lambda: ({}, {}))

    def members(self, hop: int, day: date) -> set[str]:
        """Return the accounts that joined on the day or before."""
        return {account for account, joined in self.joined[hop].items() if joined <= day}

    def _join(self, hop: int, account: str, day: date, txid: str) -> None:
        known = self.joined[hop].get(account)
        if known is None or day < known:
            self.joined[hop][account] = day
            self.evidence[hop][account] = {txid}
        elif day == known:
            self.evidence[hop][account].add(txid)


def hop_members(postings: list[Posting]) -> HopMembers:
    """Both hops' members.

    0 hop: an account with a credit in a coinbase, from the day of the first. 1 hop: the 0-hop accounts, and accounts
    with a credit in a transaction in which a 0-hop account has a debit, from the later of the transaction's day and
    the day that sender joined, so also where the sender becomes a miner only afterwards.
    """
    found = HopMembers()
    for posting in postings:
        if posting.kind == "coinbase":
            for account in posting.credited - VIRTUAL:
                found._join(0, account, posting.day, posting.txid)
                found._join(1, account, posting.day, posting.txid)
    hop0 = found.joined[0]
    for posting in postings:
        if posting.kind == "regular":
            for sender in posting.debited & hop0.keys():
                for account in posting.credited - VIRTUAL:
                    found._join(1, account, max(posting.day, hop0[sender]), posting.txid)
    return found


def supply(members: set[str], balances: dict[str, int]) -> int:
    """Return the members' balances together, in satoshi."""
    return sum(balances.get(account, 0) for account in members)


def group_flows(members: set[str], postings: Iterable[Posting]) -> tuple[int, int]:
    """(in, out) in satoshi of the members netted as one party per transaction; the overwrites of BIP30 are no flow."""
    received = sent = 0
    for posting in postings:
        if posting.kind == "overwrite":
            continue
        net = sum(entry.value for entry in posting.entries if entry.account in members)
        received += max(net, 0)
        sent += max(-net, 0)
    return received, sent
