"""Folders of header files: what each file contributed, and what is left aside."""

from pathlib import Path

import pytest

from dagster_project.errors import SatledgerError
from dagster_project.headers.csv_folder import SETTING
from dagster_project.headers.load import import_folder
from dagster_project.inputs.intake import Intake

from .test_csv_folder import bitcoin_like, stored, write

PART = "of days that the files do not hold in whole"
TIMES = "used for the median times of later blocks only"


def take(tmp_path: Path) -> Intake:
    intake = Intake("headers", tmp_path / "csv", SETTING)
    list(import_folder(tmp_path / "csv", tmp_path / "lake", intake))
    return intake


def test_each_file_says_what_it_gave_and_says_it_again_unchanged(tmp_path: Path) -> None:
    write(tmp_path / "csv/ltc_b.csv", bitcoin_like(100, 40))
    write(tmp_path / "csv/ltc_a.csv", bitcoin_like(140, 20))
    write(tmp_path / "csv/zec (1).csv", [{**row, "asset": "zec"} for row in bitcoin_like(0, 40)])
    intake = take(tmp_path)
    # The days that are held are blocks 113 to 148 of ltc, and 1 to 28 of zec.
    assert [row[1] for row in stored(tmp_path / "lake", "ltc")] == list(range(113, 149))
    assert {name: (found.taken, dict(found.aside)) for name, found in intake.files.items()} == {
        "ltc_b.csv": (27, {TIMES: 10, PART: 3}),
        "ltc_a.csv": (9, {PART: 11}),
        "zec (1).csv": (28, {"block 0, which is not mined": 1, PART: 11}),
    }
    assert take(tmp_path).records() == intake.records()


def test_files_of_other_things_are_left_aside(tmp_path: Path) -> None:
    write(tmp_path / "csv/ltc.csv", bitcoin_like(0, 40))
    for name in ("doge.csv", "btc.csv", "notes.txt", ".hidden.csv"):
        (tmp_path / "csv" / name).write_text("height,hash,time,bits\n", encoding="utf-8")
    intake = take(tmp_path)
    assert intake.taken() == 28
    assert {name: found.whole for name, found in intake.files.items() if found.whole} == {
        ".hidden.csv": "hidden",
        "btc.csv": "of no other chain that satledger knows: btc (its headers are in the ledger)",
        "doge.csv": "of no other chain that satledger knows: doge",
        "notes.txt": "no .csv file",
    }


def test_headers_of_which_no_day_is_whole_are_refused(tmp_path: Path) -> None:
    write(tmp_path / "csv/ltc.csv", bitcoin_like(100, 12))
    for _ in range(2):
        with pytest.raises(SatledgerError) as refused:
            take(tmp_path)
        assert "Nothing was taken of the headers at" in str(refused.value)
        assert f"ltc.csv: 2 rows ({PART}); 10 rows ({TIMES})" in str(refused.value)
    assert not (tmp_path / "lake").exists()


@pytest.mark.parametrize("record", ["", "[]", '{"imported": "as before files were told"}'])
def test_a_record_that_does_not_say_what_files_gave_has_them_read_again(tmp_path: Path, record: str) -> None:
    write(tmp_path / "csv/ltc.csv", bitcoin_like(0, 40))
    first = take(tmp_path)
    (tmp_path / "lake/headers/ltc/import.json").write_text(record, encoding="utf-8")
    assert take(tmp_path).records() == first.records()
