"""Days are proven again from what the lake keeps."""

import hashlib
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from dagster_project.files import file_sha256
from dagster_project.lake.manifest import FileRecord, Manifest, held_manifests
from dagster_project.lake.parquet import write_parquet
from dagster_project.lake.read import day_tables
from dagster_project.lake.verify import sampled_days, verify_days
from dagster_project.settings import Settings
from tests.chain.lake import changed, extract_all, files_settings, write_export
from tests.reference.chains import ChainOptions, build_chain


@pytest.fixture(scope="module", params=[False, True], ids=["without scripts", "with scripts"])
def lake(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    chain = build_chain(ChainOptions(seed=9, blocks=60, days=8, payments=4))
    folder = tmp_path_factory.mktemp("lake")
    write_export(folder / "export", chain.blocks, chain.transactions)
    settings = changed(files_settings(folder / "home", folder / "export"), keep_scripts=request.param)
    extract_all(settings)
    return settings


def differences(settings: Settings) -> list[str]:
    return [text for day in verify_days(settings, held_manifests(settings.raw)) for text in day.differences]


def test_what_was_written_is_proven_again(lake: Settings) -> None:
    verified = list(verify_days(lake, held_manifests(lake.raw)))
    assert [day.differences for day in verified] == [[]] * len(verified)
    assert {day.with_scripts for day in verified} == {lake.keep_scripts}


# What is changed of a table, and how that is said.
LIES = {
    "txid": ("transactions", "txid = from_hex(repeat('ab', 32))", "Merkle root"),
    "nonce": ("blocks", "nonce = nonce + 1", "has the hash"),
    "bits": ("blocks", "bits = 486604799", "has the hash"),
    "median time": ("blocks", "median_time = median_time + 1", "median time"),
    "size": ("transactions", "size = size + 1, witness_size = witness_size + 1", "a size of"),
    "value": ("outputs", "value = -1", "which cannot be"),
    "payload": ("outputs", "payload = from_hex('00')", "kind and account"),
    "place": ("inputs", "input_index = input_index + 1", "are not those that the counts"),
}


@pytest.mark.parametrize("name", LIES)
def test_a_lie_with_right_checksums_is_told(lake: Settings, name: str) -> None:
    """Whoever can write the lake can also write its checksums: only the proof tells."""
    table, change, sentence = LIES[name]
    manifest = max(held_manifests(lake.raw), key=lambda each: each.inputs)
    folder = lake.raw / manifest.day.isoformat()
    before = {path: path.read_bytes() for path in folder.iterdir()}
    try:
        tell_lie(lake, manifest, table, change)
        found = differences(lake)
    finally:
        for path, content in before.items():
            path.write_bytes(content)
    assert found and all(str(folder) in text or "lake" in text for text in found)
    assert any(sentence in text for text in found), found
    assert f"`satledger lake reread --from {manifest.day} --to {manifest.day}`" in found[0]
    assert differences(lake) == []


def tell_lie(settings: Settings, manifest: Manifest, table: str, change: str) -> None:
    """Change the last rows of a table, and write file and manifest as if they were always so."""
    folder = settings.raw / manifest.day.isoformat()
    rows = day_tables(settings.raw, manifest)[table]
    with duckdb.connect() as connection:
        connection.register("written", rows)
        connection.execute("create table lied as from written")
        # The script of an output of another kind than these would tell the account too.
        where = "script_type = 'pubkeyhash'" if "payload" in change else "true"
        connection.execute(f"update lied set {change} where rowid = (select max(rowid) from lied where {where})")
        lied = connection.execute("from lied order by rowid").to_arrow_table().cast(rows.schema)
    if table == "outputs":
        place = rows.column_names.index("script_type")
        lied = lied.set_column(place, "script_type", lied["script_type"].dictionary_encode())
    path = folder / f"{table}.parquet"
    write_parquet(lied, path)
    files = manifest.files | {path.name: FileRecord(path.stat().st_size, file_sha256(path))}
    (folder / "manifest.json").write_text(replace(manifest, files=files).to_json())


def test_sampled_days_are_always_the_same_and_reach_both_ends(lake: Settings) -> None:
    held = held_manifests(lake.raw)
    for most in range(1, len(held) + 3):
        chosen = sampled_days(held, most)
        assert chosen == sampled_days(held, most) and len(chosen) == min(most, len(held))
        assert chosen[-1] == held[-1] and (most == 1 or chosen[0] == held[0])
        assert len({each.day for each in chosen}) == len(chosen)


def test_a_flipped_byte_is_a_difference(lake: Settings, tmp_path: Path) -> None:
    path = lake.raw / held_manifests(lake.raw)[1].day.isoformat() / "outputs.parquet"
    whole = path.read_bytes()
    path.write_bytes(whole[:100] + bytes([whole[100] ^ 255]) + whole[101:])
    (found,) = differences(lake)
    path.write_bytes(whole)
    assert f"{path.parent} is damaged (its outputs.parquet has the SHA-256 " in found
    assert hashlib.sha256(whole).hexdigest() in found
