"""Raw days that are damaged, through the command line."""

import shutil
from collections import defaultdict
from datetime import date
from pathlib import Path
from random import Random

import duckdb

from dagster_project.cli.checking import damaged_days
from dagster_project.errors import SatledgerError
from dagster_project.lake.keeping import look_through
from dagster_project.lake.manifest import held_days
from dagster_project.settings import Chain, Settings
from dagster_project.warehouse.inputs import refuse_damaged
from tests.cli.command import LAST_DAY, satledger, tables

DAY = "2022-01-05"
FLIPS = 300


def flip(path: Path, bit: int) -> None:
    data = bytearray(path.read_bytes())
    data[bit // 8] ^= 1 << bit % 8
    path.write_bytes(data)


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_day_with_a_missing_file_is_noticed_and_read_again_by_the_next_build(home: Path) -> None:
    folder = home / "lake" / "raw" / "sample" / DAY
    whole, rows = files(folder), tables(home / "warehouse.duckdb")
    (folder / "inputs.parquet").unlink()
    done = satledger(home, "build", "--to", LAST_DAY)
    assert done.returncode == 0, done.stderr
    assert f"Building {DAY}." in done.stderr
    assert files(folder) == whole
    assert tables(home / "warehouse.duckdb") == rows


def test_a_flipped_bit_is_found_by_check_and_verify_and_mended_by_reread(home: Path) -> None:
    folder = home / "lake" / "raw" / "sample" / DAY
    whole, random = files(folder), Random(3)
    name = random.choice(sorted(whole))
    flip(folder / name, random.randrange(8 * len(whole[name])))
    for command in (["check"], ["verify"], ["verify", "--from", DAY, "--to", DAY]):
        done = satledger(home, *command)
        assert done.returncode == 1, command
        told = done.stderr + done.stdout
        assert f"The raw day {folder} is damaged (its {name} " in told
        assert f"`satledger lake reread --from {DAY} --to {DAY}` reads it again from the source" in told
    other = satledger(home, "verify", "--from", LAST_DAY, "--to", LAST_DAY)
    assert (other.returncode, "No difference." in other.stdout) == (0, True)
    mended = satledger(home, "lake", "reread", "--from", DAY, "--to", DAY)
    assert mended.returncode == 0, mended.stderr
    assert "No day that was whole differs from what it was." in mended.stdout
    assert files(folder) == whole
    assert satledger(home, "check").returncode == 0


def test_nothing_is_published_of_days_with_flipped_bits(home: Path) -> None:
    raw, published = home / "lake" / "raw" / "sample", home / "published" / "satledger.duckdb"
    damaged = {"2022-01-05": "outputs.parquet", "2022-01-06": "transactions.parquet", "2022-01-07": "manifest.json"}
    whole, rows = {day: files(raw / day) for day in damaged}, tables(published)
    for day, name in damaged.items():
        flip(raw / day / name, 8 * len(whole[day][name]) // 3)
    done = satledger(home, "build", "--from", min(damaged), "--to", max(damaged))
    assert done.returncode == 0, done.stderr
    assert {day: files(raw / day) for day in damaged} == whole
    assert tables(published) == rows


def test_status_names_damaged_and_missing_days(home: Path) -> None:
    raw = home / "lake" / "raw" / "sample"
    whole = satledger(home, "status", COLUMNS="500")
    assert "damaged days            none, as far as the sizes of files tell" in whole.stdout
    (raw / "2022-01-05" / "inputs.parquet").unlink()
    (raw / "2022-01-06" / "outputs.parquet").open("ab").write(b"x")
    (raw / "2022-01-07" / "manifest.json").unlink()
    flip(raw / "2022-01-08" / "manifest.json", 999)
    shutil.rmtree(raw / LAST_DAY)
    done = satledger(home, "status", COLUMNS="500")
    assert done.returncode == 1 and "as told above: damaged days" in done.stderr
    for day, told in (
        ("2022-01-05", f"The raw day {raw}/2022-01-05 is damaged (its inputs.parquet is missing): `satledger lake re"),
        ("2022-01-06", "is damaged (its outputs.parquet has "),
        ("2022-01-07", "2022-01-07 is missing, though days before and after it are there: `satledger build` reads it"),
        ("2022-01-08", "is damaged (its manifest.json cannot be believed: "),
        (LAST_DAY, f"{LAST_DAY} is missing, though the warehouse was built from it: `satledger build` reads it again"),
    ):
        (line,) = (line for line in done.stdout.splitlines() if f"raw/sample/{day} is " in line)
        assert told in line
    for command in ("check", "verify"):
        found = satledger(home, command)
        assert found.returncode == 1
        lines = found.stdout + found.stderr
        assert all(f"raw/sample/{day} is " in lines for day in ("2022-01-05", "2022-01-07", LAST_DAY)), command
    assert "5 raw days are damaged or missing" in satledger(home, "check").stderr
    mended = satledger(home, "build", "--to", LAST_DAY)
    assert mended.returncode == 0, mended.stderr
    assert satledger(home, "check").returncode == 0


def test_of_many_damaged_days_status_names_some(home: Path) -> None:
    raw = home / "lake" / "raw" / "sample"
    days = sorted(path.name for path in raw.iterdir())
    for day in days:
        (raw / day / "blocks.parquet").unlink()
    done = satledger(home, "status", COLUMNS="500")
    assert done.returncode == 1 and done.stdout.count("is damaged (its blocks.parquet is missing)") == 5
    assert f"and {len(days) - 5} more, which `satledger verify` names." in done.stdout


def test_check_does_not_call_the_warehouse_of_another_version_broken(home: Path) -> None:
    with duckdb.connect(home / "warehouse.duckdb") as connection:
        connection.execute("alter table user_accounts add column former integer")
    done = satledger(home, "check")
    assert done.returncode == 1
    assert "was built by another version of satledger (user_accounts no longer has former)" in done.stderr


def test_wrong_use_and_days_that_are_not_there(home: Path) -> None:
    wrong = satledger(home, "lake", "reread", "--from", DAY, "--to", "2022-01-01")
    assert wrong.returncode == 2 and f"{DAY} is later than 2022-01-01" in wrong.stderr
    early = satledger(home, "lake", "reread", "--from", "2021-01-01", "--to", "2021-01-01")
    assert early.returncode == 1 and "2021-01-01" in early.stderr and early.stderr.count("satledger: ") == 1
    none = satledger(home, "verify", "--from", "2030-01-01")
    assert none.returncode == 1 and "holds none of these days" in none.stderr


KINDS = {
    "raw", "next_hour", "headers/*.parquet", "headers/*.json", "inputs/*.json", "labels/*.json", "labels/*.parquet",
    "prices/*.json", "prices/*.parquet",
}  # fmt: skip


def kind(file: Path, lake: Path) -> str:
    """The kind of a file of the lake; those of raw days are one."""
    folder = file.relative_to(lake).parts[0]
    return folder if folder in ("raw", "next_hour") else f"{folder}/*{file.suffix}"


def noticed(settings: Settings, built: list[date]) -> list[str]:
    """What ``satledger check`` says of the lake's bytes; a build looks in the same way at those that it reads."""
    try:
        refuse_damaged(settings.lake)
    except SatledgerError as error:
        return [str(error)]
    return damaged_days(settings, look_through(settings.raw), built)


def test_a_flipped_bit_in_any_kind_of_file_of_the_lake_is_noticed(home: Path) -> None:
    settings, random = Settings(home=home, chain=Chain.SAMPLE), Random(11)
    built, of_kind = held_days(settings.raw), defaultdict[str, list[Path]](list)
    # Locks have no bytes.
    for path in sorted(path for path in settings.lake.rglob("*") if path.is_file() and path.stat().st_size):
        of_kind[kind(path, settings.lake)].append(path)
    assert of_kind.keys() == KINDS
    assert noticed(settings, built) == []
    for number in range(FLIPS):
        path = random.choice(of_kind[sorted(KINDS)[number % len(KINDS)]])
        bit = random.randrange(8 * path.stat().st_size)
        flip(path, bit)
        (sentence,) = noticed(settings, built)
        assert str(path.parent) in sentence, f"bit {bit} of {path}"
        flip(path, bit)
    assert noticed(settings, built) == []
