"""``satledger inspect``: what raw blocks are, in whichever file they come."""

import gzip
import json
from pathlib import Path

import pytest

from tests.chain.shaped_chain import early_chain
from tests.cli.command import satledger
from tests.conftest import SHARED
from tests.reference.chains import ChainOptions, RandomChain, build_chain

MAGIC = bytes.fromhex("fabfb5da")
KEY = bytes.fromhex("0123456789abcdef")


@pytest.fixture(scope="module")
def chain() -> RandomChain:
    return build_chain(ChainOptions(seed=8, blocks=12, days=3, payments=4, duplicates=False))


def lines(home: Path, *files: Path) -> list[dict]:
    done = satledger(home, "inspect", *map(str, files))
    assert (done.returncode, done.stderr) == (0, "")
    return [json.loads(line) for line in done.stdout.splitlines()]


def records(blocks: list[bytes]) -> bytes:
    return b"".join(MAGIC + len(block).to_bytes(4, "little") + block for block in blocks)


def masked(data: bytes) -> bytes:
    return bytes(byte ^ KEY[place % len(KEY)] for place, byte in enumerate(data))


def expected(chain: RandomChain) -> list[dict]:
    """What the chain's own rows say."""
    found = []
    for block in chain.blocks:
        rows = [row for row in chain.transactions if row["block_number"] == block["number"]]
        height = block["number"]
        found.append(
            {
                "hash": block["hash"],
                "previous": chain.blocks[height - 1]["hash"] if height else "00" * 32,
                "time": block["timestamp"],
                "bits": block["bits"],
                "work_checked": True,
                "merkle_root_checked": True,
                "witness_commitment_checked": True if block["size"] > block["stripped_size"] else None,
                "transactions": len(rows),
                "inputs": sum(row["input_count"] for row in rows),
                "outputs": sum(row["output_count"] for row in rows),
                "output_value": sum(row["output_value"] for row in rows),
                "size": block["size"],
                "stripped_size": block["stripped_size"],
                "weight": block["weight"],
            }
        )
    return found


def test_every_form_of_a_file_gives_the_same(chain: RandomChain, tmp_path: Path) -> None:
    wanted = expected(chain)
    assert {row["witness_commitment_checked"] for row in wanted} == {True, None}
    text = "\n".join(block.hex() for block in chain.raw_blocks)
    (tmp_path / "blocks.hex").write_text(text)
    (tmp_path / "blocks.hex.gz").write_bytes(gzip.compress(text.upper().encode()))
    assert lines(tmp_path, tmp_path / "blocks.hex", tmp_path / "blocks.hex.gz") == wanted + wanted

    # A gap, a block that the node is still writing, and room that it has not filled yet.
    half = MAGIC + (5_000).to_bytes(4, "little") + chain.raw_blocks[3][:120]
    data = records(chain.raw_blocks[:4]) + bytes(100) + records(chain.raw_blocks[4:]) + half + bytes(1000)
    plain, xored = tmp_path / "plain", tmp_path / "xored"
    begun = MAGIC + (900).to_bytes(4, "little") + chain.raw_blocks[3][:120]
    for folder, content in ((plain, data + begun + bytes(2000)), (xored, masked(data + begun) + bytes(2000))):
        folder.mkdir()
        (folder / "blk00000.dat").write_bytes(content)
    (plain / "xor.dat").write_bytes(bytes(8))
    (xored / "xor.dat").write_bytes(KEY)
    assert lines(tmp_path, plain / "blk00000.dat", xored / "blk00000.dat") == wanted + wanted

    # As programs write hexadecimal digits: in short lines.
    digits = chain.raw_blocks[5].hex()
    (tmp_path / "5.hex").write_text("".join(f"{digits[at : at + 60]}\r\n" for at in range(0, len(digits), 60)))
    assert lines(tmp_path, tmp_path / "5.hex") == [wanted[5]]

    # The first block of a network that nobody knows the magic number of, in a file with room for more.
    (xored / "blk00001.dat").write_bytes(masked(b"\x54\xd2\x6f\xbd" + records(chain.raw_blocks[:1])[4:]) + bytes(500))
    assert lines(tmp_path, xored / "blk00001.dat") == wanted[:1]

    for number in (0, 5):
        (tmp_path / f"{number}.raw").write_bytes(chain.raw_blocks[number])
    assert lines(tmp_path, tmp_path / "0.raw", tmp_path / "5.raw") == [wanted[0], wanted[5]]


def test_what_does_not_fit_is_said(chain: RandomChain, tmp_path: Path) -> None:
    with_witness = next(number for number, row in enumerate(expected(chain)) if row["witness_commitment_checked"])
    block = chain.raw_blocks[with_witness]
    no_work = bytearray(block)
    no_work[72:76] = (0x1D00FFFF).to_bytes(4, "little")
    other_root = bytearray(block)
    other_root[36] ^= 1
    cut = block[:-1]
    path = tmp_path / "blocks.hex"
    path.write_text("\n".join(data.hex() for data in (no_work, other_root, cut)) + "\nabcdefg\n")
    done = satledger(tmp_path, "inspect", str(path))
    first, second = map(json.loads, done.stdout.splitlines())
    assert (first["work_checked"], first["merkle_root_checked"], first["bits"]) == (False, True, "1d00ffff")
    assert second["merkle_root_checked"] is False
    assert done.returncode == 1
    assert f"{path}, line 3: the block ends in the middle of a field." in done.stderr
    assert f"{path}, line 4: the block is not written in hexadecimal digits." in done.stderr
    assert "satledger: 2 are no block: see above." in done.stderr


def test_files_without_a_block(tmp_path: Path) -> None:
    for name, content in (("empty", b""), ("blank.hex", b" \r\n\n")):
        (tmp_path / name).write_bytes(content)
        done = satledger(tmp_path, "inspect", str(tmp_path / name))
        assert done.returncode == 1 and done.stderr.startswith(f"satledger: {tmp_path / name} holds no block: give raw")
    (tmp_path / "digits.hex").write_text("ab" * 40 + "\n" + "cd" * 40)
    done = satledger(tmp_path, "inspect", str(tmp_path / "digits.hex"), str(tmp_path / "empty"))
    assert f"{tmp_path / 'digits.hex'}, line 1: the block " in done.stderr


def test_real_blocks_of_the_chain(tmp_path: Path) -> None:
    """Of mainnet, or, where these are not at hand, of a chain made here."""
    data = SHARED / "data" / "mainnet_0_255"
    if not data.is_dir():
        data, chain = tmp_path / "made", early_chain()
        data.mkdir()
        chain.write_export(data)
        text = "".join(block.hex() + "\n" for block in chain.raw_blocks[1:])
        (data / "raw_blocks.hex.gz").write_bytes(gzip.compress(text.encode()))
    found = lines(tmp_path, data / "raw_blocks.hex.gz")
    assert len(found) == 255
    with gzip.open(data / "blocks.json.gz", "rt") as file:
        rows = {row["hash"]: row for row in map(json.loads, file)}
    for block in found:
        row = rows[block["hash"]]
        assert block["work_checked"] and block["merkle_root_checked"] and block["witness_commitment_checked"] is None
        assert [block[name] for name in ("size", "stripped_size", "weight", "bits", "time", "transactions")] == [
            row[name] for name in ("size", "stripped_size", "weight", "bits", "timestamp", "transaction_count")
        ]
