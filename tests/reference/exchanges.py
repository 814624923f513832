"""Parties, transfers and exchange flows within a transaction (definitions, section 7)."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Literal

from .ledger import Entry, Posting

CODES = (
    *("BFX", "BIT", "BMX", "BNB", "BSP", "BTX", "CBS", "CRO", "DER", "GEM", "GIO"),
    *("HBT", "HUO", "KCN", "KOR", "KRK", "MXC", "NBX", "OKX", "POL", "SBG"),
)
ALL = "Ex"
# The table of transfers has those of accounts of a transaction with more pairs in one row, from these to these.
MOST_PAIRS, OTHERS = 10_000, "OTHERS"
PartySet = Literal["code", "Ex"]
PARTY_SETS: tuple[PartySet, PartySet] = ("code", "Ex")


@dataclass(frozen=True, order=True)
class Transfer:
    """What a sender gave a receiver in a transaction, in satoshi."""

    day: date
    height: int
    tx_index: int
    party_set: PartySet
    sender: str
    receiver: str
    value: int


@dataclass
class DayFlows:
    """One day's flows in satoshi: by exchange party, and by (exchange party, hop) from and to miners."""

    inflow: dict[str, int]
    outflow: dict[str, int]
    to_miners: dict[tuple[str, int], int]
    from_miners: dict[tuple[str, int], int]
    transfers: list[Transfer]


def party_of(account: str, party_set: PartySet, labels: dict[str, str]) -> str:
    """Return the exchange (or all of them together) that an account is labelled with, else the account itself."""
    if account not in labels:
        return account
    return labels[account] if party_set == "code" else ALL


def nets(entries: Iterable[Entry], party_set: PartySet, labels: dict[str, str]) -> dict[str, int]:
    """Net by party of a transaction's entries, parties that come out even left out."""
    totals: dict[str, int] = defaultdict(int)
    for entry in entries:
        totals[party_of(entry.account, party_set, labels)] += entry.value
    return {party: net for party, net in totals.items() if net != 0}


def pro_rata(net_by_party: dict[str, int]) -> dict[tuple[str, str], int]:
    """Say what each sender gave each receiver: pro rata, rounded down, the rest by largest remainder."""
    senders = {party: -net for party, net in net_by_party.items() if net < 0}
    receivers = {party: net for party, net in net_by_party.items() if net > 0}
    whole = sum(senders.values())
    shares: dict[tuple[str, str], int] = {}
    remainders: dict[tuple[str, str], int] = {}
    for sender, given in senders.items():
        for receiver, taken in receivers.items():
            shares[sender, receiver], remainders[sender, receiver] = divmod(given * taken, whole)
    left = whole - sum(shares.values())
    by_remainder = sorted(remainders, key=lambda p: (-remainders[p], p[0].encode(), p[1].encode()))
    for pair in by_remainder[:left]:
        shares[pair] += 1
    assert sum(shares.values()) == whole
    return shares


def day_flows(postings: Iterable[Posting], labels: dict[str, str], members: tuple[set[str], set[str]]) -> DayFlows:
    """Return a day's exchange flows and miner-exchange flows; members are the 0-hop and 1-hop accounts of that day."""
    flows = DayFlows(defaultdict(int), defaultdict(int), defaultdict(int), defaultdict(int), [])
    exchanges = set(labels.values()) | {ALL}
    for posting in postings:
        if posting.kind == "overwrite":
            continue
        for party_set in PARTY_SETS:
            net_by_party = nets(posting.entries, party_set, labels)
            involved = exchanges & net_by_party.keys()
            for party in involved:
                flows.inflow[party] += max(net_by_party[party], 0)
                flows.outflow[party] += max(-net_by_party[party], 0)
            if involved:
                _add_transfers(flows, posting, party_set, pro_rata(net_by_party), exchanges, members)
    return flows


def _add_transfers(
    flows: DayFlows,
    posting: Posting,
    party_set: PartySet,
    shares: dict[tuple[str, str], int],
    exchanges: set[str],
    members: tuple[set[str], set[str]],
) -> None:
    place = (posting.day, posting.height, posting.tx_index)
    several = min(len({pair[side] for pair in shares}) for side in (0, 1)) > 1
    others = 0
    for (sender, receiver), value in shares.items():
        if value == 0:
            continue
        if several and len(shares) > MOST_PAIRS and not exchanges & {sender, receiver}:
            others += value
        else:
            flows.transfers.append(Transfer(*place, party_set, sender, receiver, value))
        for hop, of_hop in enumerate(members):
            if sender in exchanges and receiver in of_hop:
                flows.to_miners[sender, hop] += value
            if sender in of_hop and receiver in exchanges:
                flows.from_miners[receiver, hop] += value
    if others:
        flows.transfers.append(Transfer(*place, party_set, OTHERS, OTHERS, others))
