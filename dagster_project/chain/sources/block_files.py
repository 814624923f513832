"""The files ``blk*.dat`` in which Bitcoin Core keeps blocks: where each block is, and the best chain among them."""

import os
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from dagster_project.blocks.columns import reversed_hashes
from dagster_project.blocks.difficulty import Retargeting, target_of
from dagster_project.blocks.parameters import ChainParameters, load_parameters
from dagster_project.blocks.parse import UNWRITTEN_BYTES, parse_headers
from dagster_project.blocks.sha256 import Bytes, Integers, double_sha256
from dagster_project.blocks.walk import HEADER_BYTES
from dagster_project.chain.sources.base import WHAT
from dagster_project.errors import SatledgerError, SourceChangedError
from dagster_project.inputs.intake import Intake
from dagster_project.settings import Chain

SETTING = "SATLEDGER_BLOCKS"
# What a node keeps beside its blocks: undo data, the block index, the XOR key and a lock file.
COMPANIONS = ("rev*.dat", "index", "xor.dat", ".lock")
# Core 28 and later XOR the files with the bytes of this file, repeated.
XOR_FILE = "xor.dat"
TWICE, OTHER_BRANCH = "a block that is there twice", "a block that is not in the best chain"
NO_PARENT = "a block whose chain back to block 0 is not in the files: one is missing, or damaged"
TORN = "a block that is not there in whole"
RECORD_HEAD = 8  # the network's magic number and the block's length
COUNT_BYTES = 9  # the most bytes that the number of transactions takes
LARGEST_BLOCK = 4_000_000
SCAN_BYTES = 1 << 20
# Where a block is: the number of its file, its first byte there, its length, and its header and count of transactions.
Place = tuple[int, int, int, bytes]


@dataclass(frozen=True)
class BestChain:
    """The best chain among the blocks of some files; the arrays' index is the height.

    Attributes:
        files: the files.
        file_numbers: by block, which of the files holds it.
        offsets: by block, where it begins there.
        sizes: by block, how many bytes it has.
        headers: by block, its 80 bytes.
        hashes: by block, its id as usually written (bytes reversed).
        transactions: by block, the number of transactions that it declares.
    """

    files: Sequence[Path]
    file_numbers: Integers
    offsets: Integers
    sizes: Integers
    headers: Bytes
    hashes: Bytes
    transactions: Integers


class BlockFiles:
    """A folder with ``blk*.dat``; a node may be writing to it.

    Args:
        folder: the folder.
        parameters: the chain's.
        intake: takes what is skipped: other files than a node's, and blocks that are not in the best chain.

    Raises:
        SatledgerError: there is no such folder, or it has none.
    """

    def __init__(self, folder: Path, parameters: ChainParameters, intake: Intake | None = None) -> None:
        self._folder, self._parameters = folder, parameters
        self._intake = intake or Intake(WHAT, folder, SETTING)
        self.files = sorted(folder.glob("blk*.dat")) if folder.is_dir() else []
        if not self.files:
            raise SatledgerError(
                f"There are no files blk*.dat in {folder}: point {SETTING} to the folder `blocks` in the node's "
                "data folder."
            )
        for path in sorted(set(folder.iterdir()) - set(self.files)):
            if not any(path.match(name) for name in COMPANIONS):
                self._intake.leave_file(path, "no blk*.dat file")
        key_file = folder / XOR_FILE
        key = key_file.read_bytes() if key_file.is_file() else b""
        self._key = np.frombuffer(key, dtype=np.uint8) if any(key) else None
        self._magic = bytes.fromhex(parameters.magic)

    def best_chain(self) -> BestChain:
        """The chain with the most work among all blocks that are whole in the files; of two equal ones the first.

        Raises:
            SatledgerError: the files have no such chain from block 0 on.
        """
        places = [place for number, path in enumerate(self.files) for place in self._records(number, path)]
        if not places:
            raise SatledgerError(
                f"The files blk*.dat in {self._folder} hold no block of {self._parameters.chain}: {self._hint()}."
            )
        heads = np.frombuffer(b"".join(head for *_, head in places), dtype=np.uint8).reshape(len(places), -1)
        headers = np.ascontiguousarray(heads[:, :HEADER_BYTES])
        starts = np.arange(len(places), dtype=np.int64) * HEADER_BYTES
        hashes = reversed_hashes(double_sha256(headers.reshape(-1), starts, np.full(len(places), HEADER_BYTES)))
        order, connected = self._best(headers, hashes, places)
        self._tell_left(places, hashes, order, connected)
        numbers = np.array([place[:3] for place in places], dtype=np.int64)[order]
        counts = np.array([_count_of(head[HEADER_BYTES:].tobytes()) for head in heads[order]], dtype=np.int64)
        return BestChain(self.files, numbers[:, 0], numbers[:, 1], numbers[:, 2], headers[order], hashes[order], counts)

    def _hint(self) -> str:
        """What to do about files without a block of the chain."""
        with self.files[0].open("rb", buffering=0) as file:
            begins = self._bytes(file, 0, len(self._magic))
        for chain in Chain:
            if load_parameters(chain).magic == begins.hex():
                return f"they are those of {chain}, so set SATLEDGER_CHAIN={chain}, or point {SETTING} elsewhere"
        if self._key is None:
            return (
                f"set SATLEDGER_CHAIN to the chain of that node; where the files were copied, copy its {XOR_FILE} too, "
                "for newer nodes write their files XORed with it"
            )
        return f"set SATLEDGER_CHAIN to the chain of that node, and see that {XOR_FILE} is its own"

    def _tell_left(self, places: Sequence[Place], hashes: Bytes, best: Integers, connected: Collection[int]) -> None:
        """Report blocks that are not in the best chain, and files without any block, to the intake."""
        names = [row.tobytes() for row in hashes] if len(best) < len(places) else []
        chain = set(best.tolist())
        chained = {names[number] for number in chain if names}
        for number, (file, *_) in enumerate(places):
            if number not in chain:
                other = OTHER_BRANCH if number in connected else NO_PARENT
                self._intake.leave(self.files[file], TWICE if names[number] in chained else other)
        for file in set(range(len(self.files))) - {file for file, *_ in places}:
            self._intake.leave_file(self.files[file], f"it holds no block of {self._parameters.chain}")

    def read(self, chain: BestChain, first: int, last: int) -> tuple[Bytes, Integers, Integers]:
        """The blocks of some heights, both ends included: a buffer, where each begins in it, and their lengths.

        Raises:
            SourceChangedError: a file is no longer as it was when the chain was looked for.
        """
        lengths = chain.sizes[first : last + 1]
        starts = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(lengths)])
        buffer = np.empty(int(starts[-1]), dtype=np.uint8)
        numbers, offsets = chain.file_numbers[first : last + 1], chain.offsets[first : last + 1]
        for number in np.unique(numbers):
            path = chain.files[int(number)]
            with path.open("rb", buffering=0) as file:
                for row in np.flatnonzero(numbers == number):
                    target = buffer[int(starts[row]) : int(starts[row + 1])]
                    self._read_into(file, int(offsets[row]), target, path)
        return buffer, starts[:-1], lengths

    def _read_into(self, file: BinaryIO, offset: int, target: Bytes, path: Path) -> None:
        file.seek(offset)
        if file.readinto(target.data) != len(target):  # pyright: ignore[reportAttributeAccessIssue]
            raise SourceChangedError(f"{path} has become shorter while it was read: start the build again.")
        self._unmask(target, offset)

    def _unmask(self, data: Bytes, offset: int) -> None:
        """Undo the XOR of some bytes of a file, in place."""
        if self._key is None:
            return
        size = len(self._key)
        key = np.roll(self._key, -(offset % size))
        whole = len(data) - len(data) % size
        data[:whole].reshape(-1, size).__ixor__(key)
        data[whole:] ^= key[: len(data) - whole]

    def _bytes(self, file: BinaryIO, offset: int, size: int) -> bytes:
        """Some bytes of a file, fewer at its end."""
        data = np.frombuffer(os.pread(file.fileno(), size, offset), dtype=np.uint8).copy()
        self._unmask(data, offset)
        return data.tobytes()

    def _records(self, number: int, path: Path) -> Iterator[Place]:
        """The blocks of a file: the file's number, where the block begins, its length, its header and count.

        After the last block there may be space that the node has allocated and not yet filled, or a block that it is
        writing.
        """
        end = path.stat().st_size
        offset = 0
        # A block that no other follows may be one that the node has only begun to write there.
        last: Place | None = None
        with path.open("rb", buffering=0) as file:
            while True:
                head = self._bytes(file, offset, RECORD_HEAD + HEADER_BYTES + COUNT_BYTES)
                follows = head.startswith(self._magic) and len(head) > RECORD_HEAD + HEADER_BYTES
                if last is not None and not follows and _is_unwritten(file, last[1] + last[2]):
                    self._intake.leave(path, TORN)
                elif last is not None:
                    yield last
                last = None
                if len(head) < RECORD_HEAD + HEADER_BYTES + 1:
                    return
                if not follows:
                    found = self._next_record(file, offset + 1, end)
                    if found is None:
                        return
                    offset = found
                    continue
                size = int.from_bytes(head[4:RECORD_HEAD], "little")
                if not HEADER_BYTES < size <= LARGEST_BLOCK:
                    offset += 1
                    continue
                begin = offset + RECORD_HEAD
                if begin + size > end:
                    self._intake.leave(path, TORN)
                    return
                last = number, begin, size, head[RECORD_HEAD:].ljust(HEADER_BYTES + COUNT_BYTES, b"\0")
                offset = begin + size

    def _next_record(self, file: BinaryIO, offset: int, end: int) -> int | None:
        """Where the next magic number is; nodes look for blocks after a gap in the same way."""
        while offset < end:
            piece = self._bytes(file, offset, SCAN_BYTES)
            found = piece.find(self._magic)
            if found >= 0:
                return offset + found
            offset += max(len(piece) - len(self._magic) + 1, 1)
        return None

    def _best(self, headers: Bytes, hashes: Bytes, places: Sequence[Place]) -> tuple[Integers, Collection[int]]:
        """The numbers of the best chain's blocks, by height; and those of all blocks that descend from block 0."""
        fields = parse_headers(headers.reshape(-1), np.arange(len(headers), dtype=np.int64) * HEADER_BYTES)
        previous = reversed_hashes(np.ascontiguousarray(fields["previous"]))
        names = [row.tobytes() for row in hashes]
        self._check_work(names, fields["bits"].tolist(), places)
        number_of: dict[bytes, int] = {}
        for number, name in enumerate(names):
            number_of.setdefault(name, number)
        genesis = number_of.get(bytes.fromhex(self._parameters.genesis_hash))
        if genesis is None:
            raise SatledgerError(
                f"The files blk*.dat in {self._folder} lack block 0 of {self._parameters.chain}, as those of a pruned "
                "node do: use the files of a node that has the whole chain, or read the node itself."
            )
        children: dict[int, list[int]] = {}
        for number, name in enumerate(names):
            if number_of[name] == number and number != genesis:
                parent = number_of.get(previous[number].tobytes())
                if parent is not None:
                    children.setdefault(parent, []).append(number)
        work = {genesis: 0}
        best, waiting = genesis, [genesis]
        parents: dict[int, int] = {}
        bits = fields["bits"].tolist()
        while waiting:
            number = waiting.pop()
            if (work[number], -number) > (work[best], -best):
                best = number
            for child in children.get(number, ()):
                work[child] = work[number] + _work(bits[child])
                parents[child] = number
                waiting.append(child)
        chain = [best]
        while chain[-1] != genesis:
            chain.append(parents[chain[-1]])
        return np.array(chain[::-1], dtype=np.int64), work.keys()

    def _check_work(self, names: Sequence[bytes], bits: Sequence[int], places: Sequence[Place]) -> None:
        """Refuse a block whose hash does not meet its bits: claimed work must not decide which chain is best."""
        if self._parameters.rules.retargeting is Retargeting.NONE:
            return
        for name, compact, (number, offset, *_) in zip(names, bits, places, strict=True):
            target = target_of(compact)
            if target is None or int.from_bytes(name, "big") > target:
                raise SatledgerError(
                    f"{self.files[number]}, byte {offset}: the block there has the hash {name.hex()}, which is no work "
                    f"for its bits {compact:08x}; the file is damaged: let the node check its blocks (-reindex)."
                )


def _is_unwritten(file: BinaryIO, end: int) -> bool:
    """Whether the bytes before a place are still unfilled space: 0 on the disk, also in XORed files."""
    return not any(os.pread(file.fileno(), UNWRITTEN_BYTES, end - UNWRITTEN_BYTES))


def _work(bits: int) -> int:
    """Expected hashes of a block."""
    target = target_of(bits)
    return 0 if target is None else (1 << 256) // (target + 1)


def _count_of(data: bytes) -> int:
    """The variable-length integer that some bytes begin with."""
    width = {0xFD: 2, 0xFE: 4, 0xFF: 8}.get(data[0])
    return data[0] if width is None else int.from_bytes(data[1 : 1 + width], "little")


def median_times(times: "np.ndarray[Any, np.dtype[np.uint32]]", span: int) -> Integers:
    """Consensus times of a chain's blocks from block 0 on, from their header times."""
    early = [int(np.sort(times[: height + 1])[(height + 1) // 2]) for height in range(min(span - 1, len(times)))]
    if len(times) < span:
        return np.array(early, dtype=np.int64)
    windows = np.lib.stride_tricks.sliding_window_view(times, span)
    return np.concatenate([np.array(early, dtype=np.int64), np.sort(windows, axis=1)[:, span // 2].astype(np.int64)])
