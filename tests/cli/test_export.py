"""Daily metrics as a file."""

from pathlib import Path

import duckdb
import pytest

from tests.cli.command import satledger
from tests.serving.copies import DAYS, day, publish_copy


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("home")
    publish_copy(folder, constant=7)
    return folder


@pytest.mark.parametrize("ending", ["parquet", "csv"])
def test_a_file_has_the_values_asked_for(home: Path, tmp_path: Path, ending: str) -> None:
    out = tmp_path / f"it's mine.{ending}"
    chosen = ("--metrics", "BlkCnt, FlowInBNBNtv", "--assets", "btc", "--from", str(day(3)), "--to", str(day(5)))
    done = satledger(home, "export", str(out), *chosen)
    assert done.returncode == 0, done.stderr
    assert f"6 values in {out}" in done.stderr
    found = duckdb.execute("select metric, time, value_text from '" + str(out).replace("'", "''") + "'").fetchall()
    assert [row[:2] for row in found] == [(m, day(n)) for m in ("BlkCnt", "FlowInBNBNtv") for n in (3, 4, 5)]
    # CSV does not say that it is text.
    assert [float(row[2]) for row in found][:3] == [7] * 3
    assert sorted(path.name for path in tmp_path.iterdir()) == [out.name]


def test_by_default_a_file_has_everything(home: Path, tmp_path: Path) -> None:
    out = tmp_path / "all"
    done = satledger(home, "export", str(out), "--format", "parquet")
    assert done.returncode == 0, done.stderr
    (found,) = duckdb.execute(
        f"select count(*) filter (where metric = 'BlkCnt'), count(*) filter (where value_text is null) "
        f"from read_parquet('{out}')"
    ).fetchall()
    assert found == (2 * DAYS, 0)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("all.xls",), "all.xls ends in no format: let it end in .parquet or .csv, or give --format"),
        (("all.csv", "--metrics", "BlkCnt,Nope"), "There is no metric Nope"),
        (("all.csv", "--assets", "doge"), "There is no asset doge"),
        (("nowhere/all.csv",), "There is no folder "),
        (("there.csv",), "there.csv is there already"),
    ],
)
def test_what_cannot_be_written_is_one_sentence(
    home: Path, tmp_path: Path, arguments: tuple[str, ...], sentence: str
) -> None:
    (tmp_path / "there.csv").write_text("mine")
    done = satledger(home, "export", str(tmp_path / arguments[0]), *arguments[1:])
    assert done.returncode == 1
    assert sentence in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["there.csv"]
    assert (tmp_path / "there.csv").read_text() == "mine"
