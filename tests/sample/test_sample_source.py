"""The sample chain as a source of raw days."""

import hashlib
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from dagster_project.chain.sources.base import Source
from dagster_project.chain.sources.sample import SampleSource, generate
from dagster_project.errors import IncompleteDayError, SatledgerError
from dagster_project.lake.manifest import Manifest, held_manifests
from dagster_project.sample import columns as columns_module
from dagster_project.sample import generate as generate_module
from dagster_project.sample.generate import SampleChain
from dagster_project.sample.ids import IdFile
from dagster_project.sample.plan import Plan
from dagster_project.settings import Chain, Settings

from .lake_reader import read_back

PLAN = Plan(seed=5, days=30, entries=6_000)
FIRST = date(2022, 1, 1)


def settings(home: Path, chain: Chain = Chain.SAMPLE, **others: Any) -> Settings:  # noqa: ANN401
    options: dict[str, Any] = {"home": home, "chain": chain, **others}
    return Settings(**options)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("home")
    list(generate(settings(path), PLAN))
    return path


def files(home: Path) -> dict[str, str]:
    raw = home / "lake" / "raw" / "sample"
    return {
        str(path.relative_to(raw)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(raw.rglob("*"))
        if path.is_file()
    }


def test_it_is_a_source(tmp_path: Path) -> None:
    source: Source = SampleSource(settings(tmp_path), PLAN)
    assert source.name == "sample"
    assert source.first_day() == FIRST
    assert source.last_complete_day() == FIRST + timedelta(days=29)


def test_the_tip_is_known_without_the_chain(tmp_path: Path) -> None:
    line = SampleChain(PLAN).timeline
    tip = SampleSource(settings(tmp_path), PLAN).tip()
    assert (tip.height, tip.hash, tip.median_time) == (len(line.time) - 1, "", line.median_time[-1])


def test_a_day_needs_its_confirmations(tmp_path: Path) -> None:
    line = SampleChain(PLAN).timeline
    tip = len(line.time) - 1
    for confirmations in (0, 1, 6, 50, 100, 101, tip - 30):
        last = SampleSource(settings(tmp_path, min_confirmations=confirmations), PLAN).last_complete_day()
        assert last is not None
        day = (last - FIRST).days
        assert line.heights(day).stop + confirmations <= tip
        following = next(later for later in range(day + 1, PLAN.days + 1) if len(line.heights(later)))
        assert following == PLAN.days or line.heights(following).stop + confirmations > tip
    assert SampleSource(settings(tmp_path, min_confirmations=tip), PLAN).last_complete_day() is None


def test_all_complete_days_are_written(home: Path) -> None:
    manifests = held_manifests(settings(home).raw)
    assert [manifest.day for manifest in manifests] == [FIRST + timedelta(days=day) for day in range(30)]
    assert sum(manifest.blocks == 0 for manifest in manifests) == 3
    entries = sum(manifest.inputs + manifest.outputs + manifest.transactions for manifest in manifests)
    assert 0.8 < entries / PLAN.entries < 1.4
    mined = [manifest for manifest in manifests if manifest.blocks]
    assert mined[0].first_height == 0
    assert all(after.first_height == (before.last_height or 0) + 1 for before, after in pairwise(mined))


def test_days_are_proven_but_for_the_work(home: Path) -> None:
    for manifest in held_manifests(settings(home).raw):
        if manifest.blocks:
            assert manifest.proof.checked == ["block ids", "links", "transaction ids", "Merkle roots", "sizes"]
            of_witnesses = ("witness commitments", "sizes of witnesses")
            reasons = {what: why for what, why in manifest.proof.unproven.items() if what not in of_witnesses}
            assert set(reasons) == {"proof of work", "targets", "header times"}
            assert set(reasons.values()) == {"nobody mined this chain"}
        assert manifest.versions["satledger sample chain"] == "3, seed 5, 30 days, 20 blocks a day, 6000 entries"


def test_ids_fit_what_is_written(tmp_path: Path) -> None:
    """Read from the lake alone and hashed with hashlib: transactions, their Merkle roots, headers and links."""
    kept = settings(tmp_path, keep_scripts=True)
    blocks = transactions = 0
    for manifest in SampleSource(kept, PLAN).extract([FIRST + timedelta(days=day) for day in range(30)]):
        ids = read_back(kept.raw / manifest.day.isoformat())
        blocks += len(ids)
        transactions += sum(ids)
    assert blocks > 400
    assert transactions > 1_000


def test_same_bytes_again_and_day_by_day(home: Path, tmp_path: Path) -> None:
    source = SampleSource(settings(tmp_path, threads=1), PLAN)
    for days in ([0], [1, 2], range(3, 17), range(17, 30)):
        list(source.extract([FIRST + timedelta(days=day) for day in days]))
    assert files(tmp_path) == files(home)


def test_days_alone_are_those_of_the_whole_chain(home: Path, tmp_path: Path) -> None:
    """Not only ranges: days here and there, without those before them in the lake."""
    days = [FIRST + timedelta(days=day) for day in (7, 8, 16, 29)]
    assert [manifest.day for manifest in SampleSource(settings(tmp_path), PLAN).extract(days)] == days
    written = files(tmp_path)
    assert len(written) == 5 * len(days)
    assert written.items() <= files(home).items()


def test_groups_of_days_do_not_show(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ids of transactions made in an earlier group come from the file that holds them."""
    monkeypatch.setattr(generate_module, "GROUP_ROWS", 300)
    list(generate(settings(tmp_path), PLAN))
    assert files(tmp_path) == files(home)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_a_full_disk_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(columns_module, "IdFile", lambda path: IdFile(Path("/dev/full")))
    with pytest.raises(SatledgerError, match=r"^The disk is full \(home .*\): free some space"):
        list(SampleSource(settings(tmp_path), PLAN).extract([FIRST]))
    assert held_manifests(settings(tmp_path).raw) == []


def test_files_of_ids_are_removed(tmp_path: Path) -> None:
    list(SampleSource(settings(tmp_path), PLAN).extract([FIRST]))
    assert not list(settings(tmp_path).temp.iterdir())


def test_another_chain_makes_held_days_stale(home: Path) -> None:
    held = held_manifests(settings(home).raw)
    assert SampleSource(settings(home), PLAN).stale_days(held) == []
    for plan in (Plan(seed=6, days=30, entries=6_000), Plan(seed=5, days=30, entries=6_100)):
        assert SampleSource(settings(home), plan).stale_days(held) == [manifest.day for manifest in held]
    earlier = [replace(manifest, versions={"satledger sample chain": "1"}) for manifest in held]
    assert SampleSource(settings(home), PLAN).stale_days(earlier) == [manifest.day for manifest in held]
    shorter = settings(home, min_confirmations=100)
    last = SampleSource(shorter, PLAN).last_complete_day()
    assert last is not None
    assert SampleSource(shorter, PLAN).stale_days(held) == [m.day for m in held if m.day > last]


@pytest.mark.parametrize("day", [date(2021, 12, 31), FIRST + timedelta(days=30), date(2030, 1, 1)])
def test_days_that_are_not_complete_are_refused(tmp_path: Path, day: date) -> None:
    source = SampleSource(settings(tmp_path), PLAN)
    with pytest.raises(IncompleteDayError, match=f"no complete day {day}: ask for days from 2022-01-01 to 2022-01-30"):
        list(source.extract([FIRST, day]))
    assert not settings(tmp_path).raw.exists()


def test_progress_is_reported(tmp_path: Path) -> None:
    reports: list[tuple[int, int]] = []

    def report(message: str, done: int, total: int) -> None:
        assert message
        reports.append((done, total))

    manifests: list[Manifest] = list(
        SampleSource(settings(tmp_path), PLAN).extract([FIRST, FIRST + timedelta(days=1)], report)
    )
    blocks = sum(manifest.blocks for manifest in manifests)
    assert reports[0] == (0, blocks)
    assert reports[-1] == (blocks, blocks)


def test_real_chains_have_another_source(tmp_path: Path) -> None:
    with pytest.raises(SatledgerError, match="has the chain sample only, not mainnet"):
        SampleSource(settings(tmp_path, Chain.MAINNET))
