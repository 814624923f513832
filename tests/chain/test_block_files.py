"""The block files of a node as a source: any order, several branches, growing files."""

import threading
from pathlib import Path
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dagster_project import progress
from dagster_project.blocks.parameters import load_parameters
from dagster_project.chain.sources import blocks as blocks_module
from dagster_project.chain.sources import open_source
from dagster_project.chain.sources import raw_groups as groups_module
from dagster_project.chain.sources.block_files import NO_PARENT, BlockFiles, median_times
from dagster_project.chain.update import update_lake
from dagster_project.lake.manifest import held_days, held_manifests, remove_days
from dagster_project.settings import Chain
from tests.chain.block_folder import KEY, blocks_settings, masked, record, write_block_files
from tests.chain.lake import (
    complete_days,
    extract_all,
    files_settings,
    lake_files,
    leftovers,
    raw_files,
    write_export,
)
from tests.reference.chain_builder import ChainBuilder
from tests.reference.chains import ChainOptions, RandomChain, build_chain
from tests.reference.consensus_time import median_times as expected_median_times

OPTIONS = ChainOptions(seed=33, blocks=40, days=6, payments=4)
REGTEST = load_parameters(Chain.REGTEST)
TAIL = bytes(5_000)


@pytest.fixture(scope="module")
def chain() -> RandomChain:
    """A small chain with witnesses."""
    return build_chain(OPTIONS)


@pytest.fixture(scope="module")
def from_files(chain: RandomChain, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The raw days of the chain's export files."""
    folder = tmp_path_factory.mktemp("files")
    settings = files_settings(folder / "home", write_export(folder / "export", chain.blocks, chain.transactions))
    assert len(extract_all(settings)) > 3
    return raw_files(settings)


def branch(chain: RandomChain, fork: int, count: int) -> list[bytes]:
    """Coinbase-only blocks that continue the chain's block below a height."""
    builder = ChainBuilder(OPTIONS)
    builder.result.blocks = chain.blocks[:fork]
    time = chain.blocks[fork - 1]["timestamp"] + 40_000
    for number in range(count):
        builder.add_block(fork + number, time + 600 * number, quiet=True)
    return builder.result.raw_blocks


def shuffled(blocks: list[bytes]) -> list[bytes]:
    """The blocks in another order."""
    return Random(1).sample(blocks, len(blocks))


FOLDERS = {
    "in order": {},
    "XORed": {"key": KEY, "tail": TAIL},
    "XORed with zeros": {"key": bytes(8)},
    "XORed with a key of an odd length": {"key": b"\x01\x02\x03"},
    "several files": {"file_bytes": 3_000, "tail": TAIL},
    "several XORed files": {"file_bytes": 3_000, "key": KEY},
    "gaps": {"gap": bytes(700), "file_bytes": 9_000},
    "gaps with other bytes": {"gap": b"\xfa\xbf\xb5\xda\xff\xff\xff\xff" + Random(5).randbytes(99), "key": KEY},
    "a torn block at the end": {"tail": record(bytes(300))[:200], "file_bytes": 9_000, "key": KEY},
    "a torn head at the end": {"tail": bytes.fromhex("fabfb5da10")},
}


@pytest.mark.parametrize("order", ["given", "shuffled"])
@pytest.mark.parametrize("form", FOLDERS.values(), ids=FOLDERS)
def test_block_files_give_the_days_of_the_export(
    tmp_path: Path, chain: RandomChain, from_files: dict[str, bytes], form: dict[str, bytes], order: str
) -> None:
    blocks = chain.raw_blocks if order == "given" else shuffled(chain.raw_blocks)
    folder = write_block_files(tmp_path / "blocks", blocks, **form)  # pyright: ignore[reportArgumentType]
    settings = blocks_settings(tmp_path / "home", folder)
    extract_all(settings)
    assert raw_files(settings) == from_files
    assert leftovers(settings) == []
    checked = held_manifests(settings.raw)[0].proof
    assert "witness commitments" in checked.checked and "proof of work" in checked.checked and not checked.unproven


@pytest.mark.parametrize("threads", [1, 3])
def test_pieces_groups_and_threads_make_no_difference(
    tmp_path: Path, chain: RandomChain, from_files: dict[str, bytes], threads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(blocks_module, "GROUP_TRANSACTIONS", 5)
    monkeypatch.setattr(groups_module, "PIECE_BYTES", 600)
    folder = write_block_files(tmp_path / "blocks", shuffled(chain.raw_blocks), key=KEY, file_bytes=4_000)
    settings = blocks_settings(tmp_path / "home", folder, threads=threads)
    source = open_source(settings)
    days = complete_days(source)
    told: list[int] = []
    list(source.extract(days, lambda message, done, total: told.append(done)))
    assert raw_files(settings) == from_files
    assert told == sorted(told) and told[-1] == sum(manifest.blocks for manifest in held_manifests(settings.raw))
    remove_days(settings.raw, days[1:3])
    list(source.extract(days[1:3]))
    assert raw_files(settings) == from_files


def test_stale_branches_with_less_and_with_more_work(
    tmp_path: Path, chain: RandomChain, from_files: dict[str, bytes]
) -> None:
    fork = 25
    left = len(chain.raw_blocks) - fork
    shorter, longer = branch(chain, fork, left - 1), branch(chain, fork, left + 2)
    folder = write_block_files(tmp_path / "a", shuffled([*chain.raw_blocks, *shorter]), key=KEY, file_bytes=5_000)
    settings = blocks_settings(tmp_path / "home", folder)
    extract_all(settings)
    assert raw_files(settings) == from_files
    source = open_source(settings)
    assert source.tip().hash == chain.blocks[-1]["hash"]
    # The node has taken another branch meanwhile, whose blocks lie behind those of the first one.
    write_block_files(folder, [*chain.raw_blocks, *longer], key=KEY, file_bytes=5_000)
    after = open_source(settings)
    assert after.tip().height == fork + left + 1
    stale = after.stale_days(held_manifests(settings.raw))
    reached = [m.day for m in held_manifests(settings.raw) if m.last_height is not None and m.last_height >= fork]
    assert stale[: len(reached)] == reached and stale
    remove_days(settings.raw, stale)
    held = held_days(settings.raw)
    list(after.extract([day for day in complete_days(after) if day not in held]))
    anew = blocks_settings(tmp_path / "anew", write_block_files(tmp_path / "b", [*chain.raw_blocks[:fork], *longer]))
    extract_all(anew)
    assert lake_files(settings) == lake_files(anew)


def test_of_two_branches_with_the_same_work_the_one_written_first_counts(tmp_path: Path, chain: RandomChain) -> None:
    """As nodes do it."""
    fork = len(chain.raw_blocks) - 4
    other = branch(chain, fork, 4)
    tips = []
    for number, blocks in enumerate(
        ([*chain.raw_blocks, *other], [*chain.raw_blocks[:fork], *other, *chain.raw_blocks[fork:]])
    ):
        folder = write_block_files(tmp_path / str(number), blocks)
        tips.append(open_source(blocks_settings(tmp_path / "home", folder)).tip().hash)
    assert tips[0] == chain.blocks[-1]["hash"]
    assert tips[1] != tips[0]


def test_blocks_after_one_that_is_missing_are_told(
    tmp_path: Path, chain: RandomChain, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after a flipped bit in the magic number before a block, in the files of a chain that the lake holds."""
    settings = blocks_settings(tmp_path / "home", write_block_files(tmp_path / "blocks", chain.raw_blocks))
    extract_all(settings)
    held, gap = held_days(settings.raw), (held_manifests(settings.raw)[-1].last_height or 0) + 1
    write_block_files(tmp_path / "blocks", [*chain.raw_blocks[:gap], *chain.raw_blocks[gap + 1 :]])
    told: list[str] = []
    monkeypatch.setattr(progress, "tell", told.append)
    source = open_source(settings)
    assert source.intake.reasons()[NO_PARENT] == len(chain.raw_blocks) - gap - 1
    update_lake(settings, source, [])
    (sentence,) = told
    assert held_days(settings.raw) == held[: len(held_days(settings.raw))] != held
    assert sentence.startswith("The source no longer completes ") and str(held[-1]) in sentence


def test_blocks_twice_and_blocks_without_a_parent_change_nothing(
    tmp_path: Path, chain: RandomChain, from_files: dict[str, bytes]
) -> None:
    orphans = branch(chain, 10, 30)[2:]
    blocks = [*orphans, *chain.raw_blocks, *chain.raw_blocks[5:9]]
    settings = blocks_settings(tmp_path / "home", write_block_files(tmp_path / "blocks", blocks))
    extract_all(settings)
    assert raw_files(settings) == from_files


@pytest.mark.parametrize("key", [b"", KEY], ids=["plain", "XORed"])
def test_files_that_grow_while_they_are_read(
    tmp_path: Path, chain: RandomChain, from_files: dict[str, bytes], key: bytes
) -> None:
    """A node appends blocks, in pieces and over room that it has taken before, while days are read again and again."""
    folder = tmp_path / "blocks"
    whole = write_block_files(tmp_path / "whole", chain.raw_blocks, key=key, tail=TAIL)
    data = (whole / "blk00000.dat").read_bytes()
    start = 8 + len(chain.raw_blocks[0])
    write_block_files(folder, chain.raw_blocks[:1], key=key)
    grown = threading.Event()

    def grow() -> None:
        with (folder / "blk00000.dat").open("r+b") as file:
            file.seek(start)
            for at in range(start, len(data), 61):
                file.write(data[at : at + 61])
                file.flush()
        grown.set()

    writer = threading.Thread(target=grow)
    settings = blocks_settings(tmp_path / "home", folder)
    writer.start()
    ends: list[int] = []
    while True:
        finished = grown.is_set()
        source = open_source(settings)
        ends.append(source.tip().height)
        last = source.last_complete_day()
        if last is not None:
            held = held_days(settings.raw)
            assert source.stale_days(held_manifests(settings.raw)) == []
            list(source.extract([day for day in complete_days(source) if day not in held]))
        if finished:
            break
    writer.join()
    assert ends == sorted(ends) and ends[-1] == len(chain.raw_blocks) - 1
    assert raw_files(settings) == from_files


@pytest.mark.parametrize("cut", range(0, 400, 7))
def test_a_file_cut_off_anywhere_ends_with_its_last_whole_block(tmp_path: Path, chain: RandomChain, cut: int) -> None:
    data = b"".join(map(record, chain.raw_blocks[:12]))
    ends = np.cumsum([len(block) + 8 for block in chain.raw_blocks[:12]])
    folder = write_block_files(tmp_path / "blocks", [])
    (folder / "blk00000.dat").write_bytes(data[: len(data) - cut])
    best = BlockFiles(folder, REGTEST).best_chain()
    assert len(best.hashes) == int((ends <= len(data) - cut).sum())
    assert best.hashes[-1].tobytes().hex() == chain.blocks[len(best.hashes) - 1]["hash"]


@pytest.mark.parametrize("key", [b"", KEY], ids=["plain", "XORed"])
@pytest.mark.parametrize("written", [4, 8, 9, 50, 88, 89, 150, -65, 0])
def test_a_block_that_is_being_written_into_room_taken_before(
    tmp_path: Path, chain: RandomChain, key: bytes, written: int
) -> None:
    """Such room has zeros on the disk, also where files are XORed; a block's length and header are there before it."""
    before, block = b"".join(map(record, chain.raw_blocks[:9])), record(chain.raw_blocks[9])
    done = before + block[: written or len(block)]
    folder = write_block_files(tmp_path / "blocks", [], key=key)
    (folder / "blk00000.dat").write_bytes(masked(done, key) + bytes(len(block) + 4_096))
    best = BlockFiles(folder, REGTEST).best_chain()
    assert len(best.hashes) == (10 if not written else 9)
    # The node goes on.
    done = before + block + record(chain.raw_blocks[10])
    (folder / "blk00000.dat").write_bytes(masked(done, key) + bytes(4_096))
    assert len(BlockFiles(folder, REGTEST).best_chain().hashes) == 11


@given(st.lists(st.integers(0, 2**32 - 1), min_size=1, max_size=40), st.just(11))
def test_median_times(times: list[int], span: int) -> None:
    assert median_times(np.array(times, dtype=np.uint32), span).tolist() == expected_median_times(times)
