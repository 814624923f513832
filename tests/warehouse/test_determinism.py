"""The same input gives the same bytes, in whatever ranges and order it was built."""

import shutil
from datetime import date
from pathlib import Path

import pytest

from dagster_project.settings import Chain
from tests.warehouse.harness import Home

# Keyframes at the ends of these months lie inside what is rebuilt.
MIDDLE = (date(2024, 1, 30), date(2024, 2, 2))


@pytest.mark.long
def test_rebuilding_leaves_every_table_as_it_was(regtest_home: Home, tmp_path: Path) -> None:
    home = _copy(regtest_home, tmp_path / "home")
    before = home.contents()
    home.build(*MIDDLE, keyframe_period="month")
    home.build(date(2024, 3, 29), date(2024, 3, 29), keyframe_period="month")
    home.build(date(2024, 1, 20), date(2024, 1, 20), keyframe_period="month")
    assert home.contents() == before


def test_in_pieces_as_in_one_go(regtest_home: Home, regtest_data: Path, tmp_path: Path) -> None:
    home = Home.of_files(tmp_path / "home", regtest_data, Chain.REGTEST, min_confirmations=0)
    shutil.copytree(regtest_home.settings.lake, home.settings.lake)
    for first, last in (
        (date(2024, 1, 20), date(2024, 1, 31)),
        (date(2024, 2, 1), date(2024, 2, 1)),
        (date(2024, 2, 2), date(2024, 2, 28)),
        (date(2024, 2, 29), date(2024, 3, 29)),
    ):
        home.build(first, last, keyframe_period="month")
    assert home.contents() == regtest_home.contents()


@pytest.mark.parametrize("model", ["user_accounts", "outputs", "inputs"])
def test_a_single_model_of_some_days(regtest_home: Home, tmp_path: Path, model: str) -> None:
    home = _copy(regtest_home, tmp_path / "home")
    before = home.contents()
    home.build(date(2024, 2, 3), date(2024, 2, 20), select=model, keyframe_period="month")
    assert home.contents() == before


def test_a_label_added_and_removed(regtest_home: Home, regtest_data: Path, tmp_path: Path) -> None:
    home = _copy(regtest_home, tmp_path / "home")
    before = home.contents()
    given = (regtest_data / "exchange_labels.csv").read_text()
    with home.reading() as connection:
        row = connection.execute(
            "select account from account_days where account like 'bcrt1q%' and account not in "
            "(select address from exchange_addresses) group by account order by count(*) desc, account limit 1"
        ).fetchone()
    assert row is not None
    labels = tmp_path / "labels.csv"
    added = {"address": row[0], "exchange_code": "KRK", "role": "hot", "source": "test", "as_of": "2024-03-30"}
    columns = given.splitlines()[0].split(",")
    labels.write_text(f"{given.rstrip()}\n{','.join(added.get(name, '') for name in columns)}\n")
    home.label(labels)
    home.build(select="exchange_addresses+", keyframe_period="month")
    changed = {table for table, digest in home.contents().items() if digest != before[table]}
    assert {"exchange_addresses", "exchange_flows", "party_transfers", "exchanges_metrics"} <= changed
    exchange_tables = {"exchange_addresses", "labelled_accounts", "exchange_party_nets", "exchange_flows"}
    exchange_tables |= {"party_transfers"}
    exchange_tables |= {"exchange_balance_changes", "miner_exchange_flows"}
    assert changed <= exchange_tables | {"exchanges_metrics", "miner_exchange_flows_metrics"}
    labels.write_text(given)
    home.label(labels)
    home.build(select="exchange_addresses+", keyframe_period="month")
    assert home.contents() == before


def _copy(home: Home, folder: Path) -> Home:
    shutil.copytree(home.settings.home, folder)
    assert home.settings.files is not None
    return Home.of_files(folder, home.settings.files, Chain.REGTEST, home.settings.min_confirmations)
