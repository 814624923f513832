"""The files ``blk*.dat`` as a node writes them, made of raw blocks; and settings that read them."""

from collections.abc import Sequence
from pathlib import Path

from dagster_project.settings import Settings
from tests.chain.lake import make_settings

MAGIC = {"mainnet": "f9beb4d9", "testnet4": "1c163f28", "signet": "0a03cf40", "regtest": "fabfb5da"}
KEY = bytes.fromhex("1122334455667788")


def record(block: bytes, chain: str = "regtest") -> bytes:
    """A block as it stands in a file."""
    return bytes.fromhex(MAGIC[chain]) + len(block).to_bytes(4, "little") + block


def masked(data: bytes, key: bytes, offset: int = 0) -> bytes:
    """Bytes of a file XORed with a key over and over."""
    return bytes(byte ^ key[(offset + place) % len(key)] for place, byte in enumerate(data)) if key else data


def write_block_files(
    folder: Path,
    blocks: Sequence[bytes],
    *,
    chain: str = "regtest",
    key: bytes = b"",
    file_bytes: int = 1 << 62,
    gap: bytes = b"",
    tail: bytes = b"",
) -> Path:
    """Write blocks in the order given.

    Args:
        folder: where to.
        blocks: raw blocks.
        chain: whose magic number stands before each.
        key: what the files are XORed with; kept beside them.
        file_bytes: how large a file may become before the next one begins.
        gap: bytes between two blocks.
        tail: bytes behind the last block of each file, as where a node has taken room that it has not filled yet.

    """
    folder.mkdir(parents=True, exist_ok=True)
    files = [b""]
    for block in blocks:
        if files[-1] and len(files[-1]) + len(block) > file_bytes:
            files.append(b"")
        files[-1] += (gap if files[-1] else b"") + record(block, chain)
    for number, data in enumerate(files):
        (folder / f"blk{number:05d}.dat").write_bytes(masked(data + tail, key))
    if key:
        (folder / "xor.dat").write_bytes(key)
    return folder


def blocks_settings(home: Path, folder: Path, chain: str = "regtest", threads: int = 2) -> Settings:
    """Settings that read block files."""
    return make_settings(home=home, chain=chain, source="blocks", blocks=folder, threads=threads)
