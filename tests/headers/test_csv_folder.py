"""Headers from CSV: both forms, what is refused, and that only whole days are taken."""

import csv
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from dagster_project.errors import SatledgerError
from dagster_project.headers import proof_of_work
from dagster_project.headers.load import import_folder
from dagster_project.headers.store import Written

START = int(datetime(2020, 1, 1, tzinfo=UTC).timestamp())
BITS = "1a0ffff0"


def bitcoin_like(first: int, count: int, spacing: int = 7200) -> list[dict[str, object]]:
    return [
        {"asset": "ltc", "height": height, "hash": f"{height:064x}", "time": START + spacing * height, "bits": BITS}
        for height in range(first, first + count)
    ]


def write(path: Path, rows: list[dict[str, object]]) -> Path:
    path.parent.mkdir(exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return path


def stored(lake: Path, asset: str) -> list[tuple[object, ...]]:
    return duckdb.sql(
        f"select * exclude (day) from read_parquet('{lake}/headers/{asset}/*.parquet') order by height"
    ).fetchall()


def take(tmp_path: Path) -> dict[str, Written]:
    return dict(import_folder(tmp_path / "csv", tmp_path / "lake"))


def test_whole_days_of_a_chain_from_its_first_block(tmp_path: Path) -> None:
    write(tmp_path / "csv/ltc.csv", bitcoin_like(0, 40))
    # Median times are five blocks back: block 17 is the first of 2 January, block 39 is of 3 January.
    assert take(tmp_path) == {"ltc": Written(2, 28)}
    rows = stored(tmp_path / "lake", "ltc")
    assert [row[1] for row in rows] == list(range(1, 29))
    assert [row[5] for row in rows[:3]] == [START + 7200, START + 7200, START + 14400]
    assert rows[20][5] == START + 7200 * 16
    assert (rows[0][4], rows[1][4]) == (None, START + 7200)
    assert {row[6:9] for row in rows} == {(BITS, proof_of_work.difficulty(BITS, "1d00ffff"), proof_of_work.work(BITS))}


def test_several_files_in_any_name_order_and_days_in_part_left_out(tmp_path: Path) -> None:
    write(tmp_path / "csv/ltc_b.csv", bitcoin_like(100, 40))
    write(tmp_path / "csv/ltc_a.csv", bitcoin_like(140, 20))
    assert take(tmp_path)["ltc"].days == 3
    heights = [row[1] for row in stored(tmp_path / "lake", "ltc")]
    # The first ten only give medians, the day that follows is cut.
    assert heights == list(range(113, 149))
    write(tmp_path / "csv/ltc_a.csv", bitcoin_like(140, 32))
    assert take(tmp_path)["ltc"].days == 4
    assert take(tmp_path) == {}


def test_a_damaged_record_of_an_import_has_the_files_read_again(tmp_path: Path) -> None:
    write(tmp_path / "csv/ltc.csv", bitcoin_like(0, 12 * 35))
    take(tmp_path)
    record = tmp_path / "lake/headers/ltc/import.json"
    written = record.read_text(encoding="utf-8")
    for name in ("imported", "files", "taken", "left aside", "columns left aside", "whole file"):
        record.write_text(written.replace(f'"{name}"', '"what"'), encoding="utf-8")
        assert take(tmp_path)["ltc"].days > 0
        assert record.read_text(encoding="utf-8") == written


def test_a_month_that_is_gone_has_the_files_read_again(tmp_path: Path) -> None:
    write(tmp_path / "csv/ltc.csv", bitcoin_like(0, 12 * 35))
    take(tmp_path)
    month = tmp_path / "lake/headers/ltc/2020-01.parquet"
    written = month.read_bytes()
    month.unlink()
    assert take(tmp_path)["ltc"].days > 0
    assert month.read_bytes() == written
    assert take(tmp_path) == {}


def test_unchanged_months_are_not_touched(tmp_path: Path) -> None:
    def months() -> dict[str, int]:
        return {path.name: path.stat().st_mtime_ns for path in (tmp_path / "lake/headers/ltc").glob("*.parquet")}

    write(tmp_path / "csv/ltc.csv", bitcoin_like(0, 12 * 35))
    take(tmp_path)
    before = months()
    write(tmp_path / "csv/ltc.csv", bitcoin_like(0, 12 * 40))
    assert take(tmp_path)["ltc"].days == 39
    after = months()
    assert list(before) == list(after) == ["2020-01.parquet", "2020-02.parquet"]
    assert before["2020-01.parquet"] == after["2020-01.parquet"]
    assert before["2020-02.parquet"] != after["2020-02.parquet"]


def test_an_export_of_ethereum_etl(tmp_path: Path) -> None:
    rows = [
        {
            "number": height,
            "hash": f"0x{height:064x}",
            "parent_hash": f"0x{height - 1:064x}",
            "nonce": "0x1",
            "difficulty": 10**16 + height,
            "timestamp": START + 14400 * (height - 90),
        }
        for height in range(89, 105)
    ]
    write(tmp_path / "csv/etc_blocks_89_104.csv", rows)
    assert take(tmp_path) == {"etc": Written(2, 12)}
    found = stored(tmp_path / "lake", "etc")
    assert [row[1] for row in found] == list(range(90, 102))
    assert found[0][3:] == (START, START - 14400, None, None, float(10**16 + 90), 10**16 + 90, None)


def test_a_file_written_from_the_lake_gives_the_lake(tmp_path: Path) -> None:
    rows = [{**row, "reward": 1_250_000_000} for row in bitcoin_like(0, 60)]
    write(tmp_path / "csv/ltc.csv", rows)
    take(tmp_path)
    first = stored(tmp_path / "lake", "ltc")
    again = tmp_path / "again"
    (again / "csv").mkdir(parents=True)
    duckdb.sql(
        f"copy (select * exclude (previous_time) from read_parquet('{tmp_path}/lake/headers/ltc/*.parquet') "
        f"order by height) to '{again}/csv/mine.csv'"
    )
    assert take(again)["ltc"].days > 0
    second = stored(again / "lake", "ltc")
    assert second == first[: len(second)]
    assert {row[9] for row in second} == {1_250_000_000}


def test_all_bad_rows_are_refused_at_once_and_nothing_is_taken(tmp_path: Path) -> None:
    rows = bitcoin_like(0, 40)
    columns = {"work": "", "difficulty": "", "median_time": "", "reward": ""}
    rows = [row | columns for row in rows]
    rows[3]["hash"] = "abc"
    rows[5]["bits"] = "zz"
    rows[7]["time"] = "noon"
    rows[9]["work"] = 5
    rows[11]["difficulty"] = 2.5
    rows[13]["asset"] = "bch"
    rows[15]["reward"] = -1
    del rows[20]
    write(tmp_path / "csv/ltc.csv", rows)
    write(tmp_path / "csv/zec.csv", [{**row, "asset": "zec"} for row in bitcoin_like(0, 40)])
    with pytest.raises(SatledgerError) as refused:
        take(tmp_path)
    message = str(refused.value)
    for line, reason in (
        (5, "hash is 'abc'"),
        (7, "bits zz are no target"),
        (9, "time is 'noon'"),
        (11, "work is 5"),
        (13, "difficulty is 2.5"),
        (15, "the asset is bch, not ltc"),
        (17, "reward is '-1'"),
        (22, "heights must rise by one"),
    ):
        assert any(f"ltc.csv, line {line}: " in shown and reason in shown for shown in message.splitlines()), reason
    assert not (tmp_path / "lake").exists()


def test_a_broken_link_is_refused(tmp_path: Path) -> None:
    rows = [
        {"number": height, "hash": f"{height:064x}", "parent_hash": f"{height - 1 if height != 4 else 9:064x}",
         "difficulty": 1, "timestamp": START + height}
        for height in range(8)
    ]  # fmt: skip
    write(tmp_path / "csv/eth.csv", rows)
    with pytest.raises(SatledgerError, match="line 6: block 4 is no child of block 3"):
        take(tmp_path)


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("btc.csv", "asset,height,hash,time,bits\n", "no other chain that satledger knows: btc"),
        ("doge.csv", "height,hash,time,bits\n", "no other chain that satledger knows: doge"),
        ("ltc.csv", "height,hash,time\n", "line 1: the header has no column bits"),
        ("xmr.csv", "height,hash,time,bits\n", "line 1: the header has no column difficulty"),
        ("eth.csv", "number,timestamp,parent_hash,difficulty\n", "line 1: the header has no column hash"),
    ],
)
def test_files_that_do_not_fit_are_refused(tmp_path: Path, name: str, text: str, reason: str) -> None:
    (tmp_path / "csv").mkdir()
    (tmp_path / "csv" / name).write_text(text, encoding="utf-8")
    with pytest.raises(SatledgerError, match=reason):
        take(tmp_path)


def test_a_folder_without_headers_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SatledgerError, match=r"There is nothing at .*csv: set SATLEDGER_HEADERS"):
        take(tmp_path)
    (tmp_path / "csv").mkdir()
    with pytest.raises(SatledgerError, match="no CSV file in the folder of headers"):
        take(tmp_path)
