"""Every invariant fails when what it guards is broken, and names the day and the first offender."""

import re
import shutil
from pathlib import Path

import duckdb
import pytest

from dagster_project.settings import DBT_PROJECT
from tests.warehouse.harness import Home

# One statement that breaks each: a check that nothing can break is none.
BREAKS = {
    "accounts_numbered_once": "update user_accounts set account_id = 7",
    "balance_classes_add_up": "update balance_classes set balance = balance + 1 where day = '2024-02-10'",
    "balances_not_negative": "update account_states set closing = -1 where day = '2024-02-10'",
    "book_balances": "update ledger_days set users = users + 1 where day = '2024-02-10'",
    "catalogue_complete": "delete from miners_metrics where metric = 'MOMR' and time = '2024-02-10'",
    "entries_complete": "delete from outputs where day = '2024-02-10' and output_index = 1",
    "exchange_flows_are_balance_changes": "update exchange_flows set inflow = inflow + 1 where day = '2024-02-10'",
    "exchange_transfers_add_up": "update party_transfers set value = value + 1 where day = '2024-02-10'",
    "fees_balance": "update blocks set fees = fees + 1 where day = '2024-02-10'",
    "fees_not_negative": "update transactions set fee = -1 where day = '2024-02-10'",
    "heights_contiguous": "delete from blocks where height = (select min(height) from blocks where day = '2024-02-10')",
    "holders_add_up": "update holder_changes set balance = balance + 1 where day = '2024-02-10'",
    "holders_match_keyframes": "delete from account_keyframes where account_id between 1 and 50 and day = '2024-01-31'",
    "holders_percents_add_up": "update holders_metrics set value = value / 100 where time = '2024-02-10'",
    "hop_0_members_are_hop_1_members": "delete from members where hop = 1 and day = '2024-01-24'",
    "inputs_resolved_once": "update inputs set account_id = null where day = '2024-02-10'",
    "issuance_within_subsidy": "update blocks set issuance = subsidy + 1 where day = '2024-02-10'",
    "members_join_once": "insert into members select * from members where day >= '2024-02-10'",
    "metrics_present": "update blocks_metrics set value = null where metric = 'BlkCnt' and time = '2024-02-10'",
    "miner_supplies_nested": "update miners_metrics set value = 3e7 where metric = 'SplyMiner0HopAllNtv'",
    "miner_supply_follows_flows": "update miner_flows set inflow = inflow + 1 where day = '2024-02-10'",
    "miner_supply_matches_keyframes": "update miner_supply_changes set moved = moved + 1 where day = '2024-01-24'",
    "outputs_spent_once": "insert into inputs select * from inputs where day = '2024-02-10'",
    "outputs_have_accounts": "update outputs set account_id = null where day = '2024-02-10'",
    "proof_of_work_in_range": "update blocks set bits = '1300ffff' where day = '2024-02-10'",
    "transactions_balance": "update transactions set fee = fee + 1 where day = '2024-02-10'",
    "unspent_outputs_are_balances": "update account_keyframes set balance = balance + 1 where day = '2024-01-31'",
    "usd_is_native_times_price": "update blocks_metrics set value = value * 2 where metric = 'RevUSD'",
}


def test_every_invariant_has_its_break() -> None:
    assert sorted(BREAKS) == sorted(path.stem for path in (DBT_PROJECT / "tests").glob("*.sql"))


@pytest.fixture(scope="module")
def compiled(regtest_home: Home) -> Path:
    """The invariants' SQL as dbt runs it over all days."""
    done = regtest_home.dbt("compile", "--select", "test_type:singular", keyframe_period="month")
    assert done.returncode == 0, done.stdout
    return regtest_home.settings.home / "target" / "compiled" / "satledger" / "tests"


@pytest.fixture
def broken_copy(regtest_home: Home, tmp_path: Path) -> Path:
    # dbt qualifies names with the catalog, which is the file's name
    return Path(shutil.copy(regtest_home.settings.warehouse, tmp_path / "warehouse.duckdb"))


@pytest.mark.parametrize("invariant", sorted(BREAKS))
def test_invariant(invariant: str, compiled: Path, broken_copy: Path) -> None:
    query = (compiled / f"{invariant}.sql").read_text()
    with duckdb.connect(str(broken_copy)) as connection:
        assert connection.execute(query).fetchall() == []
        connection.execute(BREAKS[invariant])
        broken = connection.execute(query)
        assert [column[0] for column in broken.description or []] == ["day", "offender", "detail"]
        row = broken.fetchone()
    assert row is not None
    day, offender, detail = row
    assert re.fullmatch(r"2024-\d\d-\d\d", str(day)), row
    assert offender
    assert detail
