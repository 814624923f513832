"""The same plan gives the same bytes, another plan another chain; size is kept and growth is linear."""

import hashlib
import time
from pathlib import Path

import duckdb
import pytest

from dagster_project.errors import SatledgerError
from dagster_project.sample.generate import SampleChain
from dagster_project.sample.inputs import write_inputs
from dagster_project.sample.plan import Plan

SMALL = Plan(seed=3, days=40, entries=8_000)


def fingerprints(plan: Plan, threads: int, folder: Path, first: int = 0) -> dict[str, str]:
    """SHA-256 of the Parquet files of a whole chain."""
    folder.mkdir()
    with duckdb.connect(config={"threads": threads}) as con:
        for staged in SampleChain(plan).stage(con, first, plan.days):
            for table, order in (("staged_blocks", "number"), ("staged_transactions", "block_number, index")):
                path = folder / f"{table}_{staged[0]}.parquet"
                con.execute(f"COPY (FROM {table} ORDER BY {order}) TO '{path}' (FORMAT parquet, COMPRESSION zstd)")
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}


def test_same_plan_same_bytes_whatever_the_threads(tmp_path: Path) -> None:
    one, other = fingerprints(SMALL, 1, tmp_path / "one"), fingerprints(SMALL, 2, tmp_path / "other")
    assert one == other
    assert len(one) == 2


@pytest.mark.parametrize(
    "plan",
    [Plan(seed=4, days=40, entries=8_000), Plan(seed=3, days=41, entries=8_000), Plan(seed=3, days=40, entries=8_001)],
)
def test_other_plan_other_hashes(plan: Plan) -> None:
    with duckdb.connect() as con:
        hashes = []
        for each in (SMALL, plan):
            list(SampleChain(each).stage(con, 0, each.days))
            hashes.append(
                set(
                    con.execute(
                        "SELECT hash FROM staged_blocks UNION ALL SELECT hash FROM staged_transactions"
                    ).fetchall()
                )
            )
    assert hashes[0].isdisjoint(hashes[1])


def test_days_do_not_depend_on_what_else_is_asked_for() -> None:
    wanted = "SELECT * FROM staged_transactions WHERE block_number BETWEEN ? AND ? ORDER BY block_number, index"
    chain = SampleChain(SMALL)
    bounds = [chain.timeline.heights(20).start, chain.timeline.heights(22).stop - 1]
    with duckdb.connect() as con:
        assert list(chain.stage(con, 20, 22)) == [[20, 21, 22]]
        alone = con.execute(wanted, bounds).fetchall()
        assert len(alone) == con.table("staged_transactions").count("*").fetchall()[0][0]
        list(chain.stage(con, 0, 40))
        assert con.execute(wanted, bounds).fetchall() == alone


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


def test_a_larger_chain_has_its_size_and_takes_seconds() -> None:
    plan = Plan(seed=9, days=100, entries=200_000)
    started = time.monotonic()
    with duckdb.connect() as con:
        entries = spent = inputs = 0
        for _ in SampleChain(plan).stage(con, 0, plan.days - 1):
            made = con.execute(
                "SELECT sum(input_count), sum(output_count), count(*) FROM staged_transactions"
            ).fetchall()[0]
            entries += sum(made)
            inputs += made[0]
            spent += con.execute("""
                SELECT count(DISTINCT (i.spent_transaction_hash, i.spent_output_index))
                FROM (SELECT unnest(inputs) AS i FROM staged_transactions)
            """).fetchall()[0][0]
    assert 0.9 < entries / plan.entries < 1.1
    assert inputs == spent > 40_000
    assert time.monotonic() - started < 30
