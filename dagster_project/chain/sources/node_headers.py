"""The headers of a node's chain."""

from collections.abc import Sequence
from itertools import pairwise

from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_fixed

from dagster_project.blocks.consensus import HEADER_BATCH, MEDIAN_SPAN, Header, median_time
from dagster_project.blocks.parameters import ChainParameters
from dagster_project.blocks.proof import check_work
from dagster_project.blocks.serialise import header_hash
from dagster_project.chain.sources.rpc import NodeRpc
from dagster_project.chain.sources.rpc_answers import ChainInfo, HeaderAnswer
from dagster_project.errors import DisprovenError, SatledgerError, SourceChangedError

# A healthy node has the header of a new block shortly before the block itself.
SYNC_LOOKS, SYNC_SECONDS = 3, 1
# Requests for at most this many headers are cached, because the calendar repeats them: two for the first day, one for
# each step of a bisection.
KEPT = 2


class SyncingError(SatledgerError):
    """The node knows of blocks that it does not have yet."""


class NodeHeaders:
    """The headers of a node's best chain as of the last ``refresh``; each is proven before it is used.

    A header's fields have to give its hash, the hash has to meet the bits, and the median time has to follow from the
    header times. The number of transactions is checked later, when the block is read.
    """

    def __init__(self, rpc: NodeRpc, parameters: ChainParameters) -> None:
        self._rpc = rpc
        self._parameters = parameters
        self._seen: dict[int, Header] = {}
        self.pruned_below = 0
        self.refresh()

    def refresh(self) -> None:
        """Read the node's state again, and check that it can be used.

        Raises:
            DisprovenError: its last header is wrong.
            SatledgerError: it is on another chain, still syncing, or cannot be asked.
        """
        looking = Retrying(
            retry=retry_if_exception_type((SyncingError, SourceChangedError)),
            stop=stop_after_attempt(SYNC_LOOKS if self._rpc.patient else 1),
            wait=wait_fixed(SYNC_SECONDS),
            reraise=True,
        )
        self._seen.clear()
        looking(self._look)

    def _look(self) -> None:
        info = self._chain_info()
        (tip,) = self._ask([info.bestblockhash])
        if self.headers(tip.height, tip.height) != [tip]:
            raise SourceChangedError(
                f"The node's chain was reorganised at height {tip.height} while it was read: start the build again."
            )
        self._tip, self.pruned_below = tip, info.pruneheight if info.pruned else 0

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
            DisprovenError: one is wrong.
            SatledgerError: the node failed.
        """
        if all(height in self._seen for height in range(first, last + 1)):
            found = [self._seen[height] for height in range(first, last + 1)]
            require_linked(found)
            return found
        # With the ancestors that the first one's median time is computed from.
        below = max(first - MEDIAN_SPAN + 1, 0)
        found = []
        for start in range(below, last + 1, HEADER_BATCH):
            heights = range(start, min(start + HEADER_BATCH, last + 1))
            found += self._ask(self.hashes(heights), heights)
        require_linked(found)
        _require_median_times(found, first)
        found = found[first - below :]
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

    def _ask(self, hashes: Sequence[str], heights: Sequence[int] | None = None) -> list[Header]:
        answers = self._rpc.batch([["getblockheader", name] for name in hashes])
        for name, height, answer in zip(hashes, heights or [None] * len(hashes), answers, strict=True):
            self._prove(name, height, answer)
        return [
            Header(answer.height, answer.hash, answer.previousblockhash, answer.time, answer.mediantime, answer.nTx)
            for answer in answers
        ]

    def _prove(self, name: str, height: int | None, answer: HeaderAnswer) -> None:
        """Accept a header only if it is the one that was asked for, by its hash and perhaps its height."""
        if answer.hash != name:
            raise DisprovenError(
                f"The node at {self._rpc.provider_uri} was asked for the header {name}, but answers with {answer.hash}."
            )
        if height is not None and answer.height != height:
            raise DisprovenError(
                f"Block {height} is {name} as the node says, but that header is said to have the height "
                f"{answer.height}."
            )
        found = header_hash(
            answer.version, answer.previousblockhash, answer.merkleroot, answer.time, int(answer.bits, 16), answer.nonce
        )
        if found != name:
            raise DisprovenError(
                f"Block {answer.height}: its header (version, previous hash, Merkle root, time, bits, nonce) has the "
                f"hash {found}, but the node says that it is {name}."
            )
        check_work(answer.height, name, answer.time, int(answer.bits, 16), self._parameters.rules, None)

    def _chain_info(self) -> ChainInfo:
        info, genesis = self._rpc.batch([["getblockchaininfo"], ["getblockhash", 0]])
        where, expected = self._rpc.provider_uri, self._parameters
        if info.chain != expected.rpc_name or genesis != expected.genesis_hash:
            raise SatledgerError(
                f"The node at {where} is on another chain ({info.chain}, which begins with {genesis}) than "
                f"{expected.chain}: set SATLEDGER_NODE_URL or SATLEDGER_CHAIN."
            )
        # Not initialblockdownload: that is also true where the last block is a day old, as on any test chain.
        if info.headers > info.blocks:
            raise SyncingError(
                f"The node at {where} is still syncing: it has {info.blocks} of {info.headers} blocks; wait "
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


def _require_median_times(headers: Sequence[Header], first: int) -> None:
    """Accept consecutive headers, from the ancestors of ``first`` on, only with the medians of their times."""
    times = [header.time for header in headers]
    for place, header in enumerate(headers):
        if header.height >= first:
            expected = median_time(times[max(place - MEDIAN_SPAN + 1, 0) : place + 1])
            if header.median_time != expected:
                raise DisprovenError(
                    f"Block {header.height} is said to have the median time {header.median_time}, but the times of its "
                    f"header and of those before give {expected}."
                )
