"""New header days from a node."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from itertools import dropwhile, takewhile
from typing import Protocol

import tenacity

from dagster_project.errors import SatledgerError, SourceChangedError
from dagster_project.headers.bitcoin import BitcoinHeaders
from dagster_project.headers.days import ONE_DAY, linked, whole_days
from dagster_project.headers.ethereum import EthereumHeaders
from dagster_project.headers.model import FIRST_HEIGHT, Asset, Header
from dagster_project.headers.monero import MoneroHeaders
from dagster_project.headers.rpc import RpcError
from dagster_project.headers.store import HeaderStore, Written

# Fast chains have had reorganisations of dozens of blocks. Waiting for this many costs up to a day, and makes later
# corrections unlikely.
CONFIRMATIONS = 100

# No reorganisation undoes a month. If no block of that time is found, the node and the files are of different chains.
LOOK_BACK_DAYS = 31


class HeaderNode(Protocol):
    """A node of some family."""

    asset: Asset

    def tip(self) -> int:
        """Return the height of the latest block."""
        ...

    def day_time(self, height: int) -> int:
        """Return the time that decides a block's day."""
        ...

    def hash(self, height: int) -> str:
        """Return the hash of a block of the main chain."""
        ...

    def headers(self, first: int, last: int) -> Iterator[Header]:
        """Yield the headers of a range of heights, both ends included."""
        ...


def connect(asset: Asset, url: str) -> HeaderNode:
    """Return the adapter for an asset's node.

    Raises:
        SatledgerError: the asset has no node of its own to ask.
    """
    families = {"bitcoin": BitcoinHeaders, "ethereum": EthereumHeaders, "monero": MoneroHeaders}
    if asset.family not in families:
        raise SatledgerError(f"The headers of {asset.id} come from the ledger: take it out of SATLEDGER_HEADER_NODES.")
    return families[asset.family](asset, url)


def update_headers(
    node: HeaderNode, store: HeaderStore, last_day: date | None = None, confirmations: int = CONFIRMATIONS
) -> Written:
    """Append an asset's complete days, from the day after the last held one that agrees with the node.

    Args:
        node: the asset's node.
        store: the asset's header days.
        last_day: stop after this day.
        confirmations: take no block with fewer blocks on top of it.

    Raises:
        SatledgerError: the node fails, or keeps reorganising while it is asked.
    """
    retrying = tenacity.Retrying(
        retry=tenacity.retry_if_exception_type(SourceChangedError), stop=tenacity.stop_after_attempt(3), reraise=True
    )
    try:
        return retrying(_update, node, store, last_day, confirmations)
    except RpcError as error:
        raise SatledgerError(f"The {node.asset.id} node cannot give its headers: {error}.") from None


def _update(node: HeaderNode, store: HeaderStore, last_day: date | None, confirmations: int) -> Written:
    top = node.tip() - confirmations
    first_day = _first_missing(node, store, top)
    margin = node.asset.margin
    begin = max(FIRST_HEIGHT, _first_height_of(node, first_day, top) - 2 * margin)
    days = whole_days(linked(node.headers(begin, top)), margin)
    return store.write(
        takewhile(
            lambda each: last_day is None or each[0] <= last_day, dropwhile(lambda each: each[0] < first_day, days)
        )
    )


def _first_missing(node: HeaderNode, store: HeaderStore, top: int) -> date:
    """Return the day to continue with; days that a reorganisation has undone are removed.

    Raises:
        SatledgerError: the node has fewer blocks than are held, or is of another chain.
    """
    days = store.days()
    if not days:
        return node.asset.first_day
    for day in reversed(days[-LOOK_BACK_DAYS:]):
        block = store.latest_block(day)
        if block is None:
            continue
        height, block_hash = block
        if height > top:
            raise SatledgerError(
                f"The {node.asset.id} node is {height - top} blocks behind the headers that are there up to "
                f"{days[-1]}: wait until it is synced."
            )
        if node.hash(height) == block_hash:
            for later in days:
                if later > day:
                    store.remove(later)
            return day + ONE_DAY
    raise SatledgerError(
        f"The {node.asset.id} node does not have the blocks of the last {LOOK_BACK_DAYS} days up to {days[-1]} in "
        f"{store.folder}: the node is of another chain; use the right one, or remove these files to read them again."
    )


def _first_height_of(node: HeaderNode, day: date, top: int) -> int:
    """Return by bisection the first height of a day or later, ``top + 1`` if there is none; approximate for Monero."""
    start = int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())
    low, high = FIRST_HEIGHT, top + 1
    while low < high:
        middle = (low + high) // 2
        if node.day_time(middle) < start:
            low = middle + 1
        else:
            high = middle
    return low
