"""The block files of a node as a source: what is refused."""

from pathlib import Path
from random import Random

import pytest

from dagster_project.blocks.parameters import load_parameters
from dagster_project.chain.sources import open_source
from dagster_project.errors import DisprovenError, SatledgerError, SourceChangedError
from dagster_project.lake.manifest import held_days, held_manifests
from dagster_project.settings import Chain, Settings
from tests.chain.block_folder import KEY, blocks_settings, write_block_files
from tests.chain.lake import (
    complete_days,
    extract_all,
    leftovers,
    make_settings,
)
from tests.reference.chains import ChainOptions, RandomChain, build_chain

OPTIONS = ChainOptions(seed=33, blocks=40, days=6, payments=4)
REGTEST = load_parameters(Chain.REGTEST)
TAIL = bytes(5_000)


@pytest.fixture(scope="module")
def chain() -> RandomChain:
    """A small chain with witnesses."""
    return build_chain(OPTIONS)


def refused(settings: Settings, sentence: str) -> None:
    """What a source answers that cannot be used; nothing may have been written."""
    with pytest.raises(SatledgerError, match=sentence) as caught:
        extract_all(settings)
    assert "\n" not in str(caught.value)
    assert held_days(settings.raw) == [] and leftovers(settings) == []


def test_what_cannot_be_used(tmp_path: Path, chain: RandomChain) -> None:
    home, blocks = tmp_path / "home", chain.raw_blocks
    refused(make_settings(home=home, chain="regtest", source="blocks"), r"SATLEDGER_BLOCKS is not set: point it to")
    refused(
        blocks_settings(home, tmp_path / "none"), r"There are no files blk\*\.dat in .*none: point SATLEDGER_BLOCKS"
    )
    (tmp_path / "empty").mkdir()
    refused(blocks_settings(home, tmp_path / "empty"), r"There are no files blk\*\.dat in .*empty: point SATLEDGER_BLO")
    nothing = write_block_files(tmp_path / "nothing", [], tail=TAIL)
    refused(
        blocks_settings(home, nothing), r"The files blk\*\.dat in .*nothing hold no block of regtest: set SATLEDGER_C"
    )
    other = write_block_files(tmp_path / "other", blocks, chain="mainnet")
    refused(
        blocks_settings(home, other),
        r"other hold no block of regtest: they are those of mainnet, so set SATLEDGER_CHAIN=ma",
    )
    pruned = write_block_files(tmp_path / "pruned", blocks[3:])
    refused(blocks_settings(home, pruned), r"lack block 0 of regtest, as those of a pruned node do: use the files of a")
    (tmp_path / "lost").mkdir()
    lost = write_block_files(tmp_path / "lost", blocks, key=KEY)
    (lost / "xor.dat").unlink()
    refused(
        blocks_settings(home, lost),
        r"lost hold no block of regtest: .* where the files were copied, copy its xor\.dat too,",
    )
    foreign = write_block_files(tmp_path / "foreign", blocks, key=KEY)
    (foreign / "xor.dat").write_bytes(KEY[::-1])
    refused(blocks_settings(home, foreign), r"foreign hold no block of regtest: .* see that xor\.dat is its own\.")


def test_a_gap_in_the_chain_ends_it(tmp_path: Path, chain: RandomChain) -> None:
    folder = write_block_files(tmp_path / "blocks", [*chain.raw_blocks[:9], *chain.raw_blocks[10:]])
    assert open_source(blocks_settings(tmp_path / "home", folder)).tip().height == 8


def test_a_header_that_nobody_mined_is_refused(tmp_path: Path, chain: RandomChain) -> None:
    """Which branch has the most work must not rest on what a header says."""
    forged = bytearray(chain.raw_blocks[-1])
    forged[4:36] = bytes.fromhex(chain.blocks[-1]["hash"])[::-1]
    forged[72:76] = bytes.fromhex("ffff001d")
    folder = write_block_files(tmp_path / "blocks", [*chain.raw_blocks, bytes(forged)])
    refused(
        blocks_settings(tmp_path / "home", folder),
        r"blk00000\.dat, byte \d+: the block there has the hash \w{64}, which is no work for its bits 1d00ffff",
    )


def test_damage_within_a_block_is_refused(tmp_path: Path, chain: RandomChain) -> None:
    """One bit at a time, anywhere behind the header: the block is named, and nothing of its day enters the lake."""
    height = max(range(30), key=lambda number: len(chain.raw_blocks[number]) * (number < 30))
    block, random = chain.raw_blocks[height], Random(3)
    for number in range(12):
        damaged = bytearray(block)
        damaged[random.randrange(80, len(block))] ^= 1 << random.randrange(8)
        blocks = [*chain.raw_blocks[:height], bytes(damaged), *chain.raw_blocks[height + 1 :]]
        folder = write_block_files(tmp_path / str(number) / "blocks", blocks, key=KEY)
        settings = blocks_settings(tmp_path / str(number) / "home", folder)
        with pytest.raises(DisprovenError, match=rf"^Block {height}\b") as caught:
            extract_all(settings)
        assert "\n" not in str(caught.value)
        assert all((m.last_height or 0) < height for m in held_manifests(settings.raw))
        assert leftovers(settings) == []


def test_a_file_that_becomes_shorter_is_refused(tmp_path: Path, chain: RandomChain) -> None:
    folder = write_block_files(tmp_path / "blocks", chain.raw_blocks)
    settings = blocks_settings(tmp_path / "home", folder)
    source = open_source(settings)
    path = folder / "blk00000.dat"
    path.write_bytes(path.read_bytes()[:2_000])
    with pytest.raises(
        SourceChangedError, match=r"blk00000\.dat has become shorter while it was read: start the build"
    ):
        list(source.extract(complete_days(source)))
    assert leftovers(settings) == []
