"""Inputs and records of them that cannot be read: one sentence, never a stack trace."""

import json
from datetime import date
from pathlib import Path

import pytest

from dagster_project.errors import SatledgerError
from dagster_project.headers.load import import_folder
from dagster_project.inputs.intake import Intake, told
from dagster_project.inputs.records import read_record
from dagster_project.labels.load import label_files, load_labels
from dagster_project.labels.model import Exchanges
from dagster_project.labels.store import LABELS, write_labels
from dagster_project.prices.csv_folder import read_folder
from dagster_project.prices.model import Price
from dagster_project.prices.store import PRICES, write_prices
from dagster_project.settings import Chain, Settings
from dagster_project.warehouse.inputs import current_inputs, refuse_damaged


@pytest.mark.parametrize("name", ["btc.csv", "ltc.csv", "a.yaml"])
def test_a_file_that_is_gone_is_named(tmp_path: Path, name: str) -> None:
    file = tmp_path / "given" / name
    file.parent.mkdir()
    # A link to a disk that is not there.
    file.symlink_to(tmp_path / "nowhere")
    with pytest.raises(SatledgerError, match=rf"{name}, line 1: the file cannot be read \(No such file"):
        if name == "btc.csv":
            read_folder(file.parent, {"btc"})
        elif name == "ltc.csv":
            list(import_folder(file.parent, tmp_path / "lake"))
        else:
            load_labels(label_files(file.parent), lambda _: None)


def write_both(lake: Path) -> None:
    write_labels(lake, [], Exchanges())
    write_prices(lake, [Price("btc", date(2022, 1, 1), "1.5", "made up")])


@pytest.mark.parametrize("name", [LABELS, PRICES])
def test_a_flipped_bit_of_labels_or_prices_is_refused(tmp_path: Path, name: str) -> None:
    settings = Settings(home=tmp_path, chain=Chain.SAMPLE)
    write_both(settings.lake)
    table = settings.lake / name
    current_inputs(settings, date(2022, 1, 1))
    written = table.read_bytes()
    for place in range(0, len(written), 7):
        changed = bytearray(written)
        changed[place] ^= 1 << place % 8
        table.write_bytes(changed)
        with pytest.raises(SatledgerError, match=rf"{table.name} is not what was written: remove it and run"):
            current_inputs(settings, date(2022, 1, 1))
    table.unlink()
    write_both(settings.lake)
    assert table.read_bytes() == written
    current_inputs(settings, date(2022, 1, 1))


def test_every_bit_of_a_record_counts(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, chain=Chain.SAMPLE)
    write_both(settings.lake)
    records = sorted(settings.lake.glob("*/manifest.json"))
    assert len(records) == 2
    refuse_damaged(settings.lake)
    for record in records:
        written = record.read_bytes()
        for bit in range(8 * len(written)):
            changed = bytearray(written)
            changed[bit // 8] ^= 1 << bit % 8
            record.write_bytes(changed)
            with pytest.raises(SatledgerError, match=r"manifest\.json is not what was written: remove it and run"):
                refuse_damaged(settings.lake)
        record.write_bytes(written)
    refuse_damaged(settings.lake)


def test_a_record_of_an_earlier_version_is_read(tmp_path: Path) -> None:
    """They had no edition and no seal."""
    settings = Settings(home=tmp_path, chain=Chain.SAMPLE)
    write_both(settings.lake)
    now = current_inputs(settings, date(2022, 1, 1))
    for table in (LABELS, PRICES):
        record = (settings.lake / table).with_name("manifest.json")
        record.write_text(json.dumps(read_record(record), indent=2, sort_keys=True) + "\n", encoding="utf-8")
    assert current_inputs(settings, date(2022, 1, 1)) == now


@pytest.mark.parametrize(
    "damage", ["", '{"what": "pri', "[]", "{}", '{"what": "prices", "source": null, "files": [1]}']
)
def test_a_damaged_record_says_so_and_is_written_anew(tmp_path: Path, damage: str) -> None:
    intake = Intake("prices", tmp_path)
    intake.take("btc.csv", 3)
    intake.write(tmp_path)
    record = tmp_path / "inputs" / "prices.json"
    record.write_text(damage, encoding="utf-8")
    assert list(told(tmp_path)) == [("prices", [f"not known: {record} is damaged, the next build writes it anew"])]
    intake.write(tmp_path)
    assert [lines[1:] for _, lines in told(tmp_path)] == [["  btc.csv: 3 rows taken"]]


def test_hundreds_of_files_are_told_in_short_and_what_was_taken_comes_first(tmp_path: Path) -> None:
    intake = Intake("prices", tmp_path)
    for number in range(300):
        intake.leave_file(f"a{number}.csv", "no asset of satledger")
    intake.take("xmr.csv", 2)
    intake.write(tmp_path)
    ((_, lines),) = told(tmp_path)
    assert lines[0] == f"2 rows taken, 300 files left aside; from {tmp_path}"
    assert lines[1] == "  xmr.csv: 2 rows taken"
    assert lines[-1] == f"  and 281 more files, all of them in {tmp_path / 'inputs' / 'prices.json'}"
    assert len(lines) == 22
