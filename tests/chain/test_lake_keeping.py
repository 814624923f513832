"""A day that is no longer what was written is noticed, and read again."""

import copy
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from random import Random

import pyarrow as pa
import pytest

from dagster_project import progress
from dagster_project.chain.sources import open_source
from dagster_project.chain.update import update_lake
from dagster_project.errors import DamagedDayError, SourceChangedError
from dagster_project.lake import manifest as manifest_module
from dagster_project.lake.keeping import damaged_files, day_of, look_through, read_table
from dagster_project.lake.manifest import MANIFEST, held_days, held_manifests, read_manifest
from dagster_project.lake.parquet import write_parquet
from dagster_project.settings import Settings
from tests.chain.lake import changed, extract_all, files_settings, lake_files, write_export
from tests.reference.chains import ChainOptions, RandomChain, build_chain

FLIPS = 300


@pytest.fixture(scope="module")
def chain() -> RandomChain:
    return build_chain(ChainOptions(seed=4, blocks=50, days=9, payments=4))


@pytest.fixture(scope="module")
def extracted(chain: RandomChain, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A home with raw days; not to be written."""
    export = tmp_path_factory.mktemp("export")
    write_export(export, chain.blocks, chain.transactions)
    settings = files_settings(tmp_path_factory.mktemp("home"), export)
    extract_all(settings)
    return settings


@pytest.fixture
def settings(extracted: Settings, tmp_path: Path) -> Settings:
    """A copy of the home, to be damaged."""
    shutil.copytree(extracted.home, tmp_path / "home")
    return changed(extracted, home=tmp_path / "home")


def busiest(settings: Settings) -> date:
    """The day with most transactions, which is neither the first nor the last one."""
    return max(held_manifests(settings.raw)[1:-1], key=lambda manifest: manifest.transactions).day


def flip(path: Path, bit: int) -> None:
    data = bytearray(path.read_bytes())
    data[bit // 8] ^= 1 << bit % 8
    path.write_bytes(data)


def found(settings: Settings) -> list[DamagedDayError]:
    held = look_through(settings.raw)
    return [*held.damaged, *damaged_files(settings.raw, held.manifests)]


def test_a_manifest_is_parsed_once_and_again_when_its_file_was_changed(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    day = busiest(settings)
    path = settings.raw / day.isoformat() / MANIFEST
    monkeypatch.setattr(manifest_module, "_SETTLED_NANOSECONDS", -(10**18))
    assert read_manifest(settings.raw, day) is read_manifest(settings.raw, day)
    # As long as before, and with its former time.
    times = path.stat().st_atime_ns, path.stat().st_mtime_ns
    flip(path, 2_000)
    os.utime(path, ns=times)
    with pytest.raises(DamagedDayError):
        read_manifest(settings.raw, day)
    monkeypatch.undo()
    flip(path, 2_000)
    # Changed a moment ago: what is read now is not relied on later.
    assert read_manifest(settings.raw, day) is not read_manifest(settings.raw, day)


def test_every_bit_of_a_manifest_counts(settings: Settings) -> None:
    day = busiest(settings)
    path = settings.raw / day.isoformat() / MANIFEST
    whole = path.read_bytes()
    assert read_manifest(settings.raw, day)
    for bit in range(8 * len(whole)):
        flip(path, bit)
        with pytest.raises(DamagedDayError, match=f"The raw day {path.parent} is damaged .its manifest.json cannot"):
            read_manifest(settings.raw, day)
        path.write_bytes(whole)
    for cut in (whole[:-1], whole + b"\n", whole[: len(whole) // 2], b"", b"null", b"[]", b"{}}"):
        path.write_bytes(cut)
        with pytest.raises(DamagedDayError):
            read_manifest(settings.raw, day)


def test_a_flipped_bit_is_noticed_in_whichever_file(settings: Settings) -> None:
    random = Random(7)
    files = sorted(path for path in settings.raw.glob("*/*") if path.is_file())
    assert {path.name for path in files} == {MANIFEST, *held_manifests(settings.raw)[0].files}
    assert found(settings) == []
    for path in random.choices(files, k=FLIPS):
        bit = random.randrange(8 * path.stat().st_size)
        flip(path, bit)
        (error,) = found(settings)
        assert error.folder == path.parent and path.name in str(error), f"bit {bit} of {path}"
        assert f"`satledger lake reread --from {path.parent.name} --to {path.parent.name}`" in str(error)
        flip(path, bit)
    assert found(settings) == []


def test_a_day_under_another_name_is_noticed(settings: Settings) -> None:
    days = held_days(settings.raw)
    shutil.rmtree(settings.raw / days[2].isoformat())
    shutil.copytree(settings.raw / days[1].isoformat(), settings.raw / days[2].isoformat())
    (error,) = look_through(settings.raw).damaged
    assert day_of(error) == days[2]
    assert f"it is that of {days[1]}" in str(error)


Damage = Callable[[Path], object]


@pytest.mark.parametrize(
    "damage",
    [
        lambda folder: (folder / "outputs.parquet").unlink(),
        lambda folder: (folder / "inputs.parquet").write_bytes((folder / "inputs.parquet").read_bytes()[:-1]),
        lambda folder: (folder / "transactions.parquet").write_bytes(b""),
        lambda folder: (folder / MANIFEST).unlink(),
        lambda folder: flip(folder / MANIFEST, 1000),
        lambda folder: flip(folder / "blocks.parquet", 1000),
        shutil.rmtree,
    ],
    ids=["missing", "torn", "empty", "no manifest", "manifest", "blocks", "no day"],
)
def test_a_damaged_day_is_read_again_by_itself(settings: Settings, damage: Damage) -> None:
    before, day = lake_files(settings), busiest(settings)
    damage(settings.raw / day.isoformat())
    assert lake_files(settings) != before
    done = update_lake(settings, open_source(settings), [day])
    assert lake_files(settings) == before
    assert [*map(day_of, done.healed), *(manifest.day for manifest in done.written)] == [day]


def test_a_damaged_day_that_is_read_again_as_another_is_told(
    settings: Settings, chain: RandomChain, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The source is another one meanwhile: it makes witnesses longer, which export files do not prove."""
    told: list[str] = []
    monkeypatch.setattr(progress, "tell", told.append)
    day, heights = next(
        (held.day, range(held.first_height or 0, (held.last_height or 0) + 1))
        for held in held_manifests(settings.raw)
        if "sizes of witnesses" in held.proof.unproven
    )
    flip(settings.raw / day.isoformat() / "blocks.parquet", 1000)
    update_lake(settings, open_source(settings), [day])
    assert told == []
    flip(settings.raw / day.isoformat() / "blocks.parquet", 1000)
    blocks, rows = copy.deepcopy(chain.blocks), copy.deepcopy(chain.transactions)
    lie = next(
        row for row in rows
        if row["block_number"] in heights and row["virtual_size"] < row["size"] and not row["is_coinbase"]
    )  # fmt: skip
    of_block = next(block for block in blocks if block["number"] == lie["block_number"])
    for part, name, more in (
        (lie, "size", 4), (lie, "virtual_size", 1), (of_block, "size", 4), (of_block, "weight", 4),
    ):  # fmt: skip
        part[name] += more
    other = changed(settings, files=write_export(tmp_path / "other", blocks, rows))
    update_lake(other, open_source(other), [day])
    (sentence,) = told
    assert f"/{day} was damaged. The source files, from which it was read again, gives other contents" in sentence


def test_a_missing_file_of_a_day_that_nobody_asked_for_is_noticed(settings: Settings) -> None:
    before, days = lake_files(settings), held_days(settings.raw)
    (settings.raw / days[0].isoformat() / "outputs.parquet").unlink()
    done = update_lake(settings, open_source(settings), [days[-1]])
    assert [day_of(error) for error in done.healed] == [days[0]]
    assert lake_files(settings) == before


def test_what_new_days_continue_is_looked_at_before_it_is_believed(settings: Settings) -> None:
    before, days = lake_files(settings), held_days(settings.raw)
    shutil.rmtree(settings.raw / days[-1].isoformat())
    with_blocks = [manifest.day for manifest in held_manifests(settings.raw) if manifest.blocks]
    flip(settings.raw / with_blocks[-1].isoformat() / "blocks.parquet", 2345)
    update_lake(settings, open_source(settings), [days[-1]])
    assert lake_files(settings) == before


def test_a_damaged_day_that_the_source_lacks_is_refused(settings: Settings, chain: RandomChain, tmp_path: Path) -> None:
    held = held_manifests(settings.raw)
    broken = next(manifest for manifest in held[1:] if manifest.blocks)
    later = next(manifest for manifest in held[4:] if manifest.blocks and manifest.day > broken.day)
    first = later.first_height or 0
    part = write_export(
        tmp_path / "part",
        [row for row in chain.blocks if row["number"] >= first],
        [row for row in chain.transactions if row["block_number"] >= first],
    )
    folder = settings.raw / broken.day.isoformat()
    (folder / "outputs.parquet").unlink()
    before = lake_files(settings)
    source = open_source(changed(settings, files=part))
    with pytest.raises(DamagedDayError) as refused:
        update_lake(settings, source, [held[-1].day])
    assert f"The raw day {folder} is damaged (its outputs.parquet is missing), and the source" in str(refused.value)
    assert f"`satledger lake reread --from {broken.day} --to {broken.day}`" in str(refused.value)
    assert lake_files(settings) == before


def test_what_does_not_continue_a_wrong_day_names_its_folder(settings: Settings, chain: RandomChain) -> None:
    """Blocks that are right by themselves, after a day of the lake that is not: either may be wrong."""
    held = [manifest for manifest in held_manifests(settings.raw) if manifest.blocks]
    before, day = held[-2], held[-1].day
    source = open_source(settings)
    shutil.rmtree(settings.raw / day.isoformat())
    blocks = settings.raw / before.day.isoformat() / "blocks.parquet"
    table = read_table(settings.raw, before, "blocks.parquet")
    hashes = [*table["hash"].to_pylist()[:-1], bytes.fromhex("ab" * 32)]
    record = write_parquet(table.set_column(1, table.schema.field("hash"), pa.array(hashes, pa.binary(32))), blocks)
    manifest = replace(before, last_hash="ab" * 32, files=before.files | {"blocks.parquet": record})
    (blocks.parent / MANIFEST).write_text(manifest.to_json())
    with pytest.raises(SourceChangedError) as refused:
        list(source.extract([day]))
    assert f"does not continue the lake, which ends with block {before.last_height} ({'ab' * 32})" in str(refused.value)
    assert f"{blocks.parent} that is wrong: `satledger lake reread --from {before.day} --to " in str(refused.value)
