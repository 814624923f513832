"""A lake of the first edition becomes the one that a fresh extraction writes, however often it is stopped."""

import json
import shutil
import signal
import subprocess
import time
from contextlib import nullcontext, suppress
from pathlib import Path

import pytest

from dagster_project.errors import DisprovenError, SatledgerError
from dagster_project.lake.manifest import held_days, held_manifests
from dagster_project.lake.upgrade import first_edition_days, upgrade_lake
from dagster_project.settings import Chain, Settings
from tests.chain.first_edition import write_first_edition
from tests.chain.lake import extract_all, files_settings, make_settings, raw_files
from tests.cli.command import SATLEDGER, environment, satledger
from tests.reference.chains import ChainOptions, RandomChain, build_chain

KILLS = 3


class Killed(BaseException):
    """The process ends here."""


@pytest.fixture(scope="module")
def chain() -> RandomChain:
    """A chain with days without blocks, repeated coinbases and all kinds of scripts."""
    return build_chain(ChainOptions(seed=20, blocks=60, days=12, payments=4, min_confirmations=6))


@pytest.fixture(scope="module")
def fresh(chain: RandomChain, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A home with what a fresh extraction writes."""
    export = tmp_path_factory.mktemp("export")
    chain.write_export(export)
    settings = files_settings(tmp_path_factory.mktemp("fresh"), export)
    extract_all(settings)
    assert len(held_days(settings.raw)) > 8
    assert any(manifest.blocks == 0 for manifest in held_manifests(settings.raw))
    return settings


@pytest.fixture
def old(chain: RandomChain, fresh: Settings, tmp_path: Path) -> Settings:
    """A home with the same days as the first edition wrote them."""
    settings = make_settings(home=tmp_path / "old", chain=Chain.REGTEST)
    write_first_edition(settings.raw, chain, held_days(fresh.raw))
    return settings


def told(settings: Settings) -> list[dict]:
    """What the manifests say, but for the source and the versions."""
    return [
        {name: value for name, value in json.loads(path.read_text()).items() if name not in APART}
        for path in sorted(settings.raw.glob("*/manifest.json"))
    ]


APART = ("source", "versions")


def assert_equal(settings: Settings, fresh: Settings) -> None:
    assert first_edition_days(settings.raw) == []
    assert raw_files(settings) == raw_files(fresh)
    assert told(settings) == told(fresh)
    # What the first edition knew of where a day came from stays with it.
    assert {manifest.source for manifest in held_manifests(settings.raw)} == {"node"}
    assert all("bitcoin-etl" in manifest.versions for manifest in held_manifests(settings.raw))


def test_killed_three_times_it_ends_in_the_bytes_of_a_fresh_extraction(old: Settings, fresh: Settings) -> None:
    total = len(held_days(old.raw))
    for kill in range(1, KILLS + 1):
        command = [SATLEDGER, "lake", "upgrade"]
        with subprocess.Popen(
            command, env=environment(SATLEDGER_HOME=str(old.home)), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as process:
            while process.poll() is None:
                # A day may be put into its place between being listed and being read.
                with suppress(SatledgerError):
                    if len(first_edition_days(old.raw)) <= total - 2 * kill:
                        break
                time.sleep(0.002)
            process.send_signal(signal.SIGKILL)
        left = len(first_edition_days(old.raw))
        assert 0 < left < total, "the kills came too late, or nothing was done before them"
    done = satledger(old.home, "lake", "upgrade")
    assert done.returncode == 0, done.stderr
    assert "Converted and proven: " in done.stdout
    assert_equal(old, fresh)
    again = satledger(old.home, "lake", "upgrade")
    assert (again.returncode, again.stdout.split(":")[0]) == (0, "The lake holds no day of the first edition")


def test_stopped_at_every_renaming_it_loses_nothing(
    old: Settings, fresh: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    rename, calls, stop = Path.rename, 0, 0

    def dies(path: Path, target: Path) -> Path:
        nonlocal calls
        calls += 1
        if calls == 1 + stop % 3:
            raise Killed
        return rename(path, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", dies)
        # What cleans up after a failure does not run where a process is killed.
        patch.setattr("dagster_project.lake.write.removed_on_failure", lambda *_: nullcontext())
        for stop in range(9):  # noqa: B007 (it is read where things are renamed)
            calls = 0
            with pytest.raises(Killed):
                list(upgrade_lake(old))
    list(upgrade_lake(old))
    assert_equal(old, fresh)
    assert list((old.lake / "aside" / "regtest").iterdir()) == []


def test_a_day_that_was_changed_is_refused(old: Settings, chain: RandomChain) -> None:
    days = held_days(old.raw)
    busy = max(days, key=lambda day: (old.raw / day.isoformat() / "transactions.parquet").stat().st_size)
    shutil.rmtree(old.raw / busy.isoformat())
    for row in chain.transactions:
        row["outputs"][0]["value"] += 1
    try:
        write_first_edition(old.raw, chain, [busy])
    finally:
        for row in chain.transactions:
            row["outputs"][0]["value"] -= 1
    with pytest.raises(DisprovenError, match=r"Block \d+, transaction \d+: its fields"):
        list(upgrade_lake(old))
    # The days before are converted, this one and those after it are as they were.
    assert first_edition_days(old.raw) == [day for day in days if day >= busy]


def test_a_torn_file_is_refused_with_the_folder_and_what_to_do(old: Settings) -> None:
    folder = old.raw / held_days(old.raw)[3].isoformat()
    path = folder / "transactions.parquet"
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(
        SatledgerError, match=f"{folder} is damaged .*: remove that folder, start `satledger lake upgrade`"
    ):
        list(upgrade_lake(old))


def test_a_build_on_an_old_lake_names_the_command(old: Settings, fresh: Settings) -> None:
    done = satledger(old.home, "build", "--source", "files", "--files", str(fresh.files))
    assert done.returncode == 1
    assert "`satledger lake upgrade` converts it" in done.stderr
    # Besides what is being done, one sentence.
    assert [line for line in done.stderr.splitlines() if not line.endswith("...")] == done.stderr.splitlines()[-1:]


def test_an_old_sample_chain_is_made_anew(old: Settings, tmp_path: Path) -> None:
    """Its ids were made up: nothing proves them."""
    sample = make_settings(home=tmp_path / "sample", chain=Chain.SAMPLE)
    shutil.copytree(old.raw, sample.raw)
    for refused in (lambda: list(upgrade_lake(sample)), lambda: held_manifests(sample.raw)):
        with pytest.raises(SatledgerError, match=r"sample chain in .* was made by another version .*`satledger demo`"):
            refused()
