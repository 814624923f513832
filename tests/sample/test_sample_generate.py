"""The same plan gives the same bytes, another plan another chain; size is kept and growth is linear."""

import time
from pathlib import Path

import numpy as np
import pytest

from bench.sample_inputs import write_inputs
from dagster_project.blocks.columns import BlockColumns
from dagster_project.errors import SatledgerError
from dagster_project.sample.generate import SampleChain
from dagster_project.sample.plan import Plan

SMALL = Plan(seed=3, days=40, entries=8_000)


def columns_of(plan: Plan, folder: Path, first: int = 0, last: int | None = None) -> list[BlockColumns]:
    folder.mkdir(exist_ok=True)
    made = SampleChain(plan).blocks(first, plan.days if last is None else last, folder)
    return [columns for _, columns in made if columns is not None]


def ids(columns: list[BlockColumns]) -> set[bytes]:
    return {row.tobytes() for part in columns for rows in (part.hashes, part.txids) for row in rows}


@pytest.mark.parametrize(
    "plan",
    [Plan(seed=4, days=40, entries=8_000), Plan(seed=3, days=41, entries=8_000), Plan(seed=3, days=40, entries=8_001)],
)
def test_other_plan_other_hashes(plan: Plan, tmp_path: Path) -> None:
    one, other = (ids(columns_of(each, tmp_path / str(number))) for number, each in enumerate((SMALL, plan)))
    assert len(one) > 1_000
    assert one.isdisjoint(other)


def test_days_do_not_depend_on_what_else_is_asked_for(tmp_path: Path) -> None:
    heights = [SampleChain(SMALL).timeline.heights(day) for day in (20, 22)]
    first, last = heights[0].start, heights[1].stop
    (alone,) = columns_of(SMALL, tmp_path / "alone", 20, 22)
    (whole,) = columns_of(SMALL, tmp_path / "whole")
    part = whole.block_part(first, last)
    for name in ("heights", "hashes", "previous_hashes", "txids", "spent_txids", "spent_indexes", "values", "sizes"):
        assert np.array_equal(getattr(part, name), getattr(alone, name)), name


def test_inputs_are_the_same_bytes(tmp_path: Path) -> None:
    files = []
    for name in ("one", "other"):
        write_inputs(tmp_path / name, SampleChain(SMALL))
        paths = sorted(path for path in (tmp_path / name).rglob("*") if path.is_file())
        files.append([(path.name, path.read_bytes()) for path in paths])
    assert files[0] == files[1]
    assert len(files[0]) == 12


@pytest.mark.parametrize("wrong", [{"seed": -1}, {"days": 3}, {"blocks_per_day": 1}, {"entries": 10}])
def test_impossible_plans_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(SatledgerError, match="cannot be made"):
        Plan(**wrong)


def test_a_larger_chain_has_its_size_and_takes_seconds(tmp_path: Path) -> None:
    plan = Plan(seed=9, days=100, entries=200_000)
    started = time.process_time()
    entries = inputs = 0
    spent = set()
    for columns in columns_of(plan, tmp_path, last=plan.days - 1):
        entries += len(columns.txids) + len(columns.values) + len(columns.spent_txids)
        inputs += len(columns.spent_txids)
        spent |= {(row.tobytes(), at) for row, at in zip(columns.spent_txids, columns.spent_indexes, strict=True)}
    assert 0.9 < entries / plan.entries < 1.1
    assert inputs == len(spent) > 40_000
    assert time.process_time() - started < 30
