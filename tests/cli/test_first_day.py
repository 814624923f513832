"""A home that holds a single raw day, as the first build of one day makes it."""

from pathlib import Path

import dagster as dg
import duckdb
import pytest

from dagster_project.planning.run_failure import failure
from tests.cli.command import satledger

FIRST = "2022-01-01"


@pytest.mark.long
def test_the_first_day_is_built_alone(tmp_path: Path) -> None:
    done = satledger(tmp_path, "build", "--chain", "sample", "--source", "sample", "--from", FIRST, "--to", FIRST)
    assert done.returncode == 0, done.stderr
    assert f"Built: {FIRST} (1 day); published in " in done.stdout
    checked = satledger(tmp_path, "check")
    assert checked.returncode == 0, checked.stderr
    assert "The 1 raw day is what was written." in checked.stdout


def test_an_internal_error_of_duckdb_is_told_in_one_sentence() -> None:
    @dg.asset
    def failing() -> None:
        raise duckdb.InternalException(
            "INTERNAL Error: Attempted to access index 13\n\nStack Trace:\n\n/lib/x.so(+0x1)"
        )

    job = dg.Definitions(assets=[failing]).resolve_implicit_global_asset_job_def()
    with dg.DagsterInstance.ephemeral() as instance:
        result = job.execute_in_process(instance=instance, raise_on_error=False)
    told = "The run failed: _duckdb.InternalException: INTERNAL Error: Attempted to access index 13."
    assert str(failure(result.all_events)) == told
