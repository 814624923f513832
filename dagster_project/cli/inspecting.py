"""What ``satledger inspect`` does: it describes the raw blocks in some files."""

import gzip
import io
import json
import sys
import zlib
from collections.abc import Sequence
from pathlib import Path

import typer

from dagster_project.blocks.inspect import blocks_in, inspect_block
from dagster_project.blocks.parse import DamagedBlockError
from dagster_project.chain.sources.block_files import XOR_FILE
from dagster_project.errors import SatledgerError
from dagster_project.inputs.limits import unpacking_problem

_GZIP = b"\x1f\x8b"
# A file is read into memory; a node's files have 128 MB.
_MOST_BYTES = 1 << 30


def inspect(files: Sequence[Path]) -> None:
    """Print one JSON object for each block, and a line on the error output for each invalid one.

    Raises:
        SatledgerError: a file cannot be read, holds no block, or has an invalid one.
    """
    damaged = 0
    for path in files:
        content = _content(path)
        key = path.with_name(XOR_FILE)
        found = 0
        for block in blocks_in(content, key.read_bytes() if path.match("blk*.dat") and key.is_file() else b""):
            found += 1
            try:
                if block.data is None:
                    raise DamagedBlockError(0, "is not written in hexadecimal digits")
                sys.stdout.write(json.dumps(inspect_block(block.data)) + "\n")
            except DamagedBlockError as error:
                damaged += 1
                typer.echo(f"{path}, {block.place}: the block {error.fault}.", err=True)
        if not found:
            raise SatledgerError(f"{path} holds no block: give raw blocks, binary or hexadecimal, or blk*.dat.")
    if damaged:
        raise SatledgerError(f"{'1 is' if damaged == 1 else f'{damaged} are'} no block: see above.")


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(_MOST_BYTES + 1)
        if len(content) > _MOST_BYTES:
            raise SatledgerError(f"{path} has more than {_MOST_BYTES >> 30} GB: give its blocks in parts.")
        return _unpacked(path, content) if content.startswith(_GZIP) else content
    except (OSError, EOFError, zlib.error) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise SatledgerError(f"{path} cannot be read ({why}): see that it is there and whole.") from None


def _unpacked(path: Path, content: bytes) -> bytes:
    unpacked = bytearray()
    with gzip.open(io.BytesIO(content)) as file:
        while part := file.read(1 << 20):
            unpacked += part
            if problem := unpacking_problem(len(content), len(unpacked), _MOST_BYTES):
                raise SatledgerError(f"{path} is not read, for {problem}: give its blocks unpacked, in parts.")
    return bytes(unpacked)
