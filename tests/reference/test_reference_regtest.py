"""The reference against the truth that was read from the node itself, without bitcoin-etl and without a warehouse."""

import json
from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from tests.chain.shaped_chain import late_chain
from tests.conftest import SHARED

from . import consensus_time, exchanges, miners
from .accounts import FEES, ISSUANCE, UNSPENDABLE, VIRTUAL, account_of
from .exports import csv_rows, load_export, load_labels
from .ledger import Posting, Row, build_ledger
from .metrics import ReferenceResult, compute
from .parameters import parameters

REGTEST = parameters("regtest")
GENESIS_VALUE = 5_000_000_000


@pytest.fixture(scope="module")
def chain(shared: Path) -> Path:
    return shared / "data/regtest_70_days"


@pytest.fixture(scope="module")
def export(chain: Path) -> tuple[list[Row], list[Row]]:
    return load_export(chain)


@pytest.fixture(scope="module")
def result(chain: Path, export: tuple[list[Row], list[Row]]) -> ReferenceResult:
    return compute(*export, REGTEST, load_labels(chain / "exchange_labels.csv"), {})


@pytest.fixture(scope="module")
def any_result(request: pytest.FixtureRequest) -> ReferenceResult:
    """Return the result of this chain, or, where it is not at hand, of one made here."""
    return request.getfixturevalue("result") if SHARED.is_dir() else late_chain().reference()


@pytest.fixture(scope="module")
def to_the_tip(export: tuple[list[Row], list[Row]]) -> list[Posting]:
    """Return the ledger of all blocks, those of the incomplete last day included."""
    blocks, transactions = export
    days = consensus_time.block_days([row["timestamp"] for row in sorted(blocks, key=lambda row: row["number"])])
    return build_ledger(transactions, days, days[-1], REGTEST)


@pytest.fixture(scope="module")
def daily_truth(chain: Path) -> dict[date, dict[str, str]]:
    return {date.fromisoformat(row["day_mediantime"]): row for row in csv_rows(chain / "truth/daily_truth.csv")}


def test_median_times_and_fees_of_every_block(
    chain: Path, export: tuple[list[Row], list[Row]], to_the_tip: list[Posting]
) -> None:
    truth = csv_rows(chain / "truth/blocks_truth.csv")
    medians = consensus_time.median_times([row["timestamp"] for row in sorted(export[0], key=lambda r: r["number"])])
    fees: Counter[int] = Counter()
    for posting in to_the_tip:
        fees[posting.height] += posting.fee
    assert medians == [int(row["mediantime"]) for row in truth]
    assert [fees[int(row["height"])] for row in truth] == [int(row["fees"]) for row in truth]
    assert [REGTEST.subsidy(int(row["height"])) for row in truth] == [int(row["subsidy_allowed"]) for row in truth]


def test_the_calendar(
    export: tuple[list[Row], list[Row]],
    result: ReferenceResult,
    daily_truth: dict[date, dict[str, str]],
    subtests: pytest.Subtests,
) -> None:
    with subtests.test("it starts at block 1"):
        with_blocks = sorted(daily_truth)[1:]
        empty = set(result.days) - set(with_blocks)
        assert result.days[0] == with_blocks[0]
        assert len(empty) > 0
        assert all(result.metrics[day]["BlkCnt"] == 0 for day in empty)
    with subtests.test("a day is complete once the first block of a later one is confirmed"):
        days = consensus_time.block_days([row["timestamp"] for row in sorted(export[0], key=lambda r: r["number"])])
        assert (len(days) - 1, days.index(date(2024, 3, 30))) == (1606, 1601)
        assert consensus_time.complete_days(days, 6)[-1] == date(2024, 3, 28)
        assert consensus_time.complete_days(days, 5)[-1] == date(2024, 3, 29)


def assert_daily_basics(result: ReferenceResult, daily_truth: dict[date, dict[str, str]]) -> None:
    issuance: Counter[date] = Counter()
    for posting in result.postings:
        if posting.height > 0:
            issuance[posting.day] -= sum(e.value for e in posting.entries if e.account == ISSUANCE)
    for day in set(result.days) & daily_truth.keys():
        values, truth = result.metrics[day], {k: int(v) for k, v in daily_truth[day].items() if k != "day_mediantime"}
        assert values["BlkCnt"] == truth["blocks"], day
        assert values["TxCnt"] == truth["txs"] - truth["blocks"], day
        assert values["FeeTotNtv"] == truth["fees"], day
        assert issuance[day] == truth["issuance"], day
        assert values["IssTotNtv"] == truth["issuance"] + truth["unclaimed"], day
        assert values["SplyCur"] == truth["supply_issued_cum"] - truth["supply_nulldata"] - GENESIS_VALUE, day


def assert_miner_supplies(chain: Path, result: ReferenceResult) -> None:
    rows = csv_rows(chain / "truth/miner_supply_daily_first_30_days.csv")[1:]
    assert len(rows) >= 29
    for row in rows:
        values = result.metrics[date.fromisoformat(row["day_mediantime"])]
        assert values["SplyMiner0HopAllNtv"] == int(row["supply_hop0_asof"]), row
        within_one = int(row["supply_hop0_asof"]) + int(row["supply_hop1_only_asof"])
        assert values["SplyMiner1HopAllNtv"] == within_one, row


def assert_exchange_flows_and_balances(chain: Path, result: ReferenceResult) -> None:
    rows = csv_rows(chain / "truth/exchange_flows_daily_first_30_days.csv")
    for row in rows:
        values, code = result.metrics[date.fromisoformat(row["day_mediantime"])], row["exchange"]
        assert values[f"FlowIn{code}Ntv"] == int(row["inflow"]), row
        assert values[f"FlowOut{code}Ntv"] == int(row["outflow"]), row
        assert values[f"FlowNet{code}Ntv"] == int(row["netflow"]), row
        assert values[f"Sply{code}Ntv"] == int(row["balance_end"]), row


def test_metrics_are_the_truth(
    chain: Path, result: ReferenceResult, daily_truth: dict[date, dict[str, str]], subtests: pytest.Subtests
) -> None:
    with subtests.test("daily basics"):
        assert_daily_basics(result, daily_truth)
    with subtests.test("miner supplies"):
        assert_miner_supplies(chain, result)
    with subtests.test("exchange flows and balances"):
        assert_exchange_flows_and_balances(chain, result)


def assert_balances_at_the_tip(chain: Path, to_the_tip: list[Posting]) -> None:
    truth = json.loads((chain / "truth/totals.json").read_text())
    balances: Counter[str] = Counter()
    for posting in to_the_tip:
        for entry in posting.entries:
            balances[entry.account] += entry.value
    users = sum(value for account, value in balances.items() if account not in VIRTUAL)
    assert users == truth["node_utxo_total"] + truth["genesis_unspendable"]
    assert balances[UNSPENDABLE] == truth["nulldata_unspendable"]
    assert balances[FEES] == 0
    assert -balances[ISSUANCE] == truth["issuance_total"]
    assert sum(posting.fee for posting in to_the_tip) == truth["fees_total"]
    assert len(to_the_tip) == truth["txs"]


def assert_member_counts_at_the_tip(chain: Path, to_the_tip: list[Posting]) -> None:
    truth = json.loads((chain / "truth/totals.json").read_text())
    labels = load_labels(chain / "exchange_labels.csv")
    hop0, hop1 = miners.hop_members(to_the_tip).joined
    assert len(hop0) == truth["hop0"]
    assert len(hop1.keys() - hop0.keys()) == truth["hop1"]
    assert len(hop0.keys() & labels.keys()) == truth["hop0_labelled_exchange"]
    assert len((hop1.keys() - hop0.keys()) & labels.keys()) == truth["hop1_labelled_exchange"]


def test_totals_at_the_tip(chain: Path, to_the_tip: list[Posting], subtests: pytest.Subtests) -> None:
    with subtests.test("balances"):
        assert_balances_at_the_tip(chain, to_the_tip)
    with subtests.test("members"):
        assert_member_counts_at_the_tip(chain, to_the_tip)


def test_supplies_flows_and_joiners_agree(any_result: ReferenceResult) -> None:
    closing: dict[str, int] = {}
    before = {0: 0, 1: 0}
    for day in any_result.days:
        for hop in range(2):
            joined = (account for account, since in any_result.hop_members.joined[hop].items() if since == day)
            brought = sum(closing.get(account, 0) for account in joined)
            net = any_result.value(day, f"FlowMinerNet{hop}HopAllNtv")
            supply = any_result.value(day, f"SplyMiner{hop}HopAllNtv")
            assert isinstance(net, int) and isinstance(supply, int)
            assert supply == before[hop] + net + brought, (day, hop)
            before[hop] = supply
        closing.update({row.account: row.closing for row in any_result.account_days if row.day == day})


def test_net_flows_sum_to_balances(any_result: ReferenceResult) -> None:
    for party in (*exchanges.CODES, exchanges.ALL):
        total = 0
        for day in any_result.days:
            net, held = any_result.value(day, f"FlowNet{party}Ntv"), any_result.value(day, f"Sply{party}Ntv")
            if net is None:
                assert held is None
                continue
            assert isinstance(net, int)
            total += net
            assert held == total, (party, day)


def test_intervals_add_up_to_the_whole(any_result: ReferenceResult) -> None:
    prefix = "holders_distribution_combined_balance_"
    for day in any_result.days:
        values = any_result.metrics[day]
        whole = sum(
            value
            for metric, value in values.items()
            if metric.startswith(prefix) and "over" not in metric
            if isinstance(value, int) and not metric.endswith(("10M_to_inf", "_total"))
        )
        assert any_result.value(day, "SplyCur") == whole - GENESIS_VALUE
        assert values[prefix + "total"] == whole


def test_addresses_are_those_the_node_names(export: tuple[list[Row], list[Row]]) -> None:
    seen = set()
    for output in (output for row in export[1] for output in row["outputs"]):
        script, (named,) = output["script_hex"], output["addresses"]
        if script in seen:
            continue
        seen.add(script)
        account = account_of(script, REGTEST)
        if account == UNSPENDABLE:
            assert script.startswith("6a")
        elif named.startswith("nonstandard") and len(script) // 2 in (35, 67) and script.endswith("ac"):
            assert account[0] in "mn"
        else:
            assert account == named
    assert len(seen) > 4000
