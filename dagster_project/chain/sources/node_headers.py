"""The headers of a node's chain."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_fixed

from dagster_project.chain.consensus import HEADER_BATCH, Header
from dagster_project.chain.parameters import ChainParameters
from dagster_project.chain.sources.rpc import NodeRpc
from dagster_project.errors import SatledgerError, SourceChangedError

# Between the header and the block of a new block a healthy node needs a moment.
SYNC_LOOKS, SYNC_SECONDS = 3, 1
# Asked for so few headers, the calendar will ask for them again: for both of the first day, for one of a bisection.
KEPT = 2


class SyncingError(SatledgerError):
    """The node knows of blocks that it does not have yet."""


class NodeHeaders:
    """The headers of a node's best chain as of the last ``refresh``."""

    def __init__(self, rpc: NodeRpc, parameters: ChainParameters) -> None:
        self._rpc = rpc
        self._parameters = parameters
        self._seen: dict[int, Header] = {}
        self.pruned_below = 0
        self.refresh()

    def refresh(self) -> None:
        """Look at the node anew, and at whether it can be used.

        Raises:
            SatledgerError: it is on another chain, still syncing, or cannot be asked.
        """
        looking = Retrying(
            retry=retry_if_exception_type(SyncingError),
            stop=stop_after_attempt(SYNC_LOOKS),
            wait=wait_fixed(SYNC_SECONDS),
            reraise=True,
        )
        info = looking(self._chain_info)
        self.pruned_below = info.get("pruneheight", 0) if info.get("pruned") else 0
        self._seen.clear()
        self._tip = self._ask([info["bestblockhash"]])[0]

    def lowest(self) -> int:
        """Nodes have the headers of all heights, even if they have pruned the blocks."""
        return 0

    def highest(self) -> int:
        """The height of the last block."""
        return self._tip.height

    def tip(self) -> Header:
        """The last block."""
        return self._tip

    def headers(self, first: int, last: int) -> Sequence[Header]:
        """The headers of some heights, both ends included.

        Raises:
            SourceChangedError: the chain changed while they were read.
            SatledgerError: the node failed.
        """
        if all(height in self._seen for height in range(first, last + 1)):
            found = [self._seen[height] for height in range(first, last + 1)]
            require_linked(found)
            return found
        found = []
        for start in range(first, last + 1, HEADER_BATCH):
            heights = range(start, min(start + HEADER_BATCH, last + 1))
            found += self._ask(self._rpc.batch([["getblockhash", height] for height in heights]))
        require_linked(found)
        if last - first < KEPT:
            self._seen |= {header.height: header for header in found}
        return found

    def hashes(self, heights: Sequence[int]) -> list[str]:
        """The hashes of the blocks that the best chain has at some heights now.

        Raises:
            SourceChangedError: it does not reach one of them.
            SatledgerError: the node failed.
        """
        return self._rpc.batch([["getblockhash", height] for height in heights])

    def _ask(self, hashes: Sequence[str]) -> list[Header]:
        answers = self._rpc.batch([["getblockheader", name] for name in hashes])
        return [
            Header(
                answer["height"],
                answer["hash"],
                answer.get("previousblockhash"),
                answer["time"],
                answer["mediantime"],
                answer["nTx"],
            )
            for answer in answers
        ]

    def _chain_info(self) -> dict[str, Any]:
        info, genesis = self._rpc.batch([["getblockchaininfo"], ["getblockhash", 0]])
        where, expected = self._rpc.provider_uri, self._parameters
        if info["chain"] != expected.rpc_name or genesis != expected.genesis_hash:
            raise SatledgerError(
                f"The node at {where} is on another chain ({info['chain']}, which begins with {genesis}) than "
                f"{expected.chain}: set SATLEDGER_NODE_URL or SATLEDGER_CHAIN."
            )
        # Not initialblockdownload: that one is also true where the last block is a day old, as on any test chain.
        if info["headers"] > info["blocks"]:
            raise SyncingError(
                f"The node at {where} is still syncing: it has {info['blocks']} of {info['headers']} blocks; wait "
                "until it is done."
            )
        return info


def require_linked(headers: Sequence[Header]) -> None:
    """Accept consecutive headers only if each is the child of the one before.

    Raises:
        SourceChangedError: one is not.
    """
    for parent, header in pairwise(headers):
        if header.previous_hash != parent.hash:
            raise SourceChangedError(
                f"The node's chain was reorganised at height {header.height} while it was read: start the build again."
            )
