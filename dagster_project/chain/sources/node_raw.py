"""Raw blocks of a node: over REST where the node has it switched on (rest=1), else over JSON-RPC."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from dagster_project.blocks.consensus import Header
from dagster_project.blocks.sha256 import Bytes, Integers
from dagster_project.chain.sources.rpc import NodeRpc
from dagster_project.errors import SatledgerError
from dagster_project.settings import Settings

# Rough bytes of a transaction, to divide blocks into pieces before their sizes are known.
TRANSACTION_BYTES = 600


class RawNode:
    """Reads raw blocks of a node, several requests at a time."""

    def __init__(self, settings: Settings, rpc: NodeRpc) -> None:
        self._rpc, self._batch = rpc, settings.node_batch
        self._workers = ThreadPoolExecutor(settings.node_workers)
        self._has_rest: bool | None = None

    def read(self, headers: Sequence[Header]) -> tuple[Bytes, Integers, Integers]:
        """The blocks of some headers: a buffer, where each begins in it, and their lengths.

        Raises:
            SourceChangedError: the node no longer has one of them.
            SatledgerError: the node failed, or has pruned one of them.
        """
        if self._has_rest is None and headers:
            self._has_rest = self._rpc.rest_block(headers[0].hash) is not None
        hashes = [header.hash for header in headers]
        if self._has_rest:
            blocks = list(self._workers.map(self._over_rest, hashes))
        else:
            parts = [hashes[first : first + self._batch] for first in range(0, len(hashes), self._batch)]
            blocks = [block for part in self._workers.map(self._over_rpc, parts) for block in part]
        lengths = np.array([len(block) for block in blocks], dtype=np.int64)
        starts = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(lengths)])[:-1]
        return np.frombuffer(b"".join(blocks), dtype=np.uint8), starts, lengths

    def _over_rest(self, name: str) -> bytes:
        block = self._rpc.rest_block(name)
        # RPC gives the reason that REST does not, such as a pruned block.
        return self._over_rpc([name])[0] if block is None else block

    def _over_rpc(self, hashes: Sequence[str]) -> list[bytes]:
        return raw_blocks(self._rpc, hashes)


def raw_blocks(rpc: NodeRpc, hashes: Sequence[str]) -> list[bytes]:
    """The bytes of some blocks, in one request.

    Raises:
        SatledgerError: the node failed, or its answer is not a block.
    """
    found = []
    for name, answer in zip(hashes, rpc.batch([["getblock", name, 0] for name in hashes]), strict=True):
        try:
            found.append(bytes.fromhex(answer))
        except ValueError:
            raise SatledgerError(
                f"The node at {rpc.provider_uri} answers getblock {name} with something else than hexadecimal digits: "
                "see that it is a Bitcoin node, or use another one."
            ) from None
    return found
