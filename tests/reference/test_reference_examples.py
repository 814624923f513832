"""Examples worked out by hand, among them those that the definitions give."""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest

from . import holders
from .accounts import UNSPENDABLE, account_of
from .consensus_time import block_days, complete_days, median_times
from .exchanges import OTHERS, day_flows, nets, pro_rata
from .ledger import Entry, Kind, Ledger, Posting, Row
from .miners import group_flows, hop_members
from .parameters import parameters
from .scripts import key_scripts, output_row
from .values import DayValues, add_rolling

MAINNET, REGTEST = parameters("mainnet"), parameters("regtest")
GENESIS_KEY = (
    "04678afdb0fe5548271967f1a67130b7105cd6a828e03909a67962e0ea1f61deb6"
    "49f6bc3f4cef38c4f35504e51ec112de5c384df7ba0b8d578a4c702b6bf11d5f"
)
DAY_1 = date(2024, 1, 1)
SEGWIT_KEY_HASH = "751e76e8199196d454941c45d1b3a323f1433bd6"
TAPROOT_KEY = "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"
TAPROOT_ADDRESS = "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0"


def posting(day: int, kind: Kind = "regular", **values: int) -> Posting:
    """Return a posting on day 1, 2, ...; its txid is the day."""
    lines = tuple(Entry("output" if value > 0 else "input", account, value) for account, value in values.items())
    return Posting(DAY_1 + timedelta(days=day - 1), day, 1, str(day), kind, lines)


@pytest.mark.parametrize(
    ("script", "account"),
    [
        (f"41{GENESIS_KEY}ac", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"),
        ("76a91462e907b15cbf27d5425399ebf6f0fb50ebb88f1888ac", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"),
        (f"0014{SEGWIT_KEY_HASH}", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"),
        (f"5120{TAPROOT_KEY}", TAPROOT_ADDRESS),
        ("6002751e", "bc1sw50qgdz25j"),
        ("51024e73", "bc1pfeessrawgf"),
        ("", "nonstandarde3b0c44298fc1c149afbf4c8996fb92427ae41e4"),
        ("6a", UNSPENDABLE),
        ("6a51ac", UNSPENDABLE),
        ("00" * 10_001, UNSPENDABLE),
    ],
)
def test_accounts_of_known_scripts(script: str, account: str) -> None:
    assert account_of(script, MAINNET) == account


@pytest.mark.parametrize(
    "script", ["00" * 10_000, f"41{'02' + GENESIS_KEY[2:]}ac", "0003aabbcc", "51", "21" + "05" * 33]
)
def test_scripts_without_address_are_nonstandard(script: str) -> None:
    assert account_of(script, MAINNET).startswith("nonstandard")


@pytest.mark.parametrize("form", [0, 1, 2], ids=["compressed", "uncompressed", "hybrid"])
def test_paying_a_key_and_its_hash_is_one_account(form: int) -> None:
    scripts = key_scripts("any key")
    to_key, to_hash = scripts[form], scripts[form + 3]
    assert account_of(to_key, MAINNET) == account_of(to_hash, MAINNET)
    assert account_of(to_key, MAINNET).startswith("1")


def test_median_time_at_the_start_and_later() -> None:
    assert median_times([5, 9, 7]) == [5, 9, 7]
    assert median_times(list(range(20)))[-1] == 14


def test_block_0_moves_to_the_day_of_block_1_only_across_30_days() -> None:
    day = 86_400
    assert block_days([0, 30 * day, 30 * day + 1]) == [date(1970, 1, 31)] * 3
    assert block_days([0, 29 * day]) == [date(1970, 1, 1), date(1970, 1, 30)]


def test_days_without_blocks_are_complete_with_their_successor() -> None:
    days = [date(2024, 1, 1), date(2024, 1, 1), date(2024, 1, 4), date(2024, 1, 4)]
    assert complete_days(days, 1) == [date(2024, 1, 1), date(2024, 1, 2), date(2024, 1, 3)]
    assert complete_days(days, 2) == []


def test_look_back_of_one_hop() -> None:
    found = hop_members([posting(5, A=-3, B=3), posting(10, "coinbase", ISSUANCE=-50, A=50)])
    assert found.joined[0] == {"A": DAY_1 + timedelta(days=9)}
    assert found.joined[1] == {"A": DAY_1 + timedelta(days=9), "B": DAY_1 + timedelta(days=9)}
    assert found.evidence[1]["B"] == {"5"}
    assert found.members(1, DAY_1 + timedelta(days=8)) == set()


def test_group_flow_counts_no_change_and_no_overwrite() -> None:
    postings = [posting(1, A=-10, B=-5, M=9, C=6), posting(1, "overwrite", A=-5, UNSPENDABLE=5)]
    assert group_flows({"A", "M"}, postings) == (0, 1)


def test_mixed_deposit_and_withdrawal_count_net() -> None:
    flows = day_flows([posting(1, user=-90, hot=-50, cold=90, other=50)], {"hot": "BFX", "cold": "BFX"}, (set(), set()))
    assert (flows.inflow["BFX"], flows.outflow["BFX"]) == (40, 0)
    assert (flows.inflow["Ex"], flows.outflow["Ex"]) == (40, 0)


def test_exchange_to_exchange_cancels_in_ex() -> None:
    labels = {"a": "BFX", "b": "KRK"}
    flows = day_flows([posting(1, a=-10, b=5, user=5)], labels, (set(), set()))
    assert (flows.outflow["BFX"], flows.inflow["KRK"]) == (10, 5)
    assert (flows.inflow["Ex"], flows.outflow["Ex"]) == (0, 5)


def test_miner_exchange_flows_are_pro_rata_with_fees_a_part() -> None:
    flows = day_flows([posting(1, miner=-60, user=-40, hot=90, FEES=10)], {"hot": "BFX"}, ({"miner"}, {"miner"}))
    assert flows.from_miners["BFX", 0] == flows.from_miners["Ex", 1] == 54


def test_labelled_accounts_are_no_miners() -> None:
    flows = day_flows([posting(1, hot=-10, pool=10)], {"hot": "BFX", "pool": "KRK"}, ({"pool"}, {"pool"}))
    assert not any(flows.to_miners.values()) and not any(flows.from_miners.values())


def test_a_coinjoin_has_its_pairs_with_exchanges_and_one_row_of_the_others() -> None:
    senders = {"hot": -101, **{f"sender {number}": -101 for number in range(100)}}
    receivers = {f"receiver {number}": 101 for number in range(101)}
    flows = day_flows([posting(1, "regular", **senders, **receivers)], {"hot": "BFX"}, (set(), {"receiver 7"}))
    of_codes = [transfer for transfer in flows.transfers if transfer.party_set == "code"]
    assert len(of_codes) == 102
    assert [t.value for t in of_codes if t.sender == t.receiver == OTHERS] == [100 * 101]
    assert flows.outflow["BFX"] == 101
    assert flows.to_miners == {("BFX", 1): 1, ("Ex", 1): 1}


def test_left_over_satoshi_go_to_the_largest_remainders_then_by_name() -> None:
    assert pro_rata({"a": -1, "b": -1, "c": -1, "x": 2, "y": 1}) == {
        ("a", "x"): 1,
        ("b", "x"): 1,
        ("c", "x"): 1,
        ("a", "y"): 0,
        ("b", "y"): 0,
        ("c", "y"): 0,
    }
    assert pro_rata({"b": -1, "B": -1, "x": 1, "y": 1}) == {
        ("B", "x"): 1,
        ("B", "y"): 1,
        ("b", "x"): 0,
        ("b", "y"): 0,
    }


def test_a_party_that_comes_out_even_is_none() -> None:
    assert nets(posting(1, a=-5, b=-3, hot=8, user=0).entries, "code", {"b": "BFX", "hot": "BFX"}) == {
        "a": -5,
        "BFX": 5,
    }


def test_intervals_hold_their_lower_bound_and_thresholds_do_not() -> None:
    found = holders.distribution({"x": 100 * holders.COIN, "y": 1}, 2, 100 * holders.COIN + 1)
    assert found.holders["100_to_1k"] == 1 and found.holders["10_to_100"] == 0
    assert found.holders_over["100"] == 0 and found.holders_over["10"] == 1
    assert found.holders["0_to_0.001"] == 1
    assert (found.holders_total, found.balance_total) == (2, 100 * holders.COIN + 1)
    assert found.percent["100_to_1k"] == found.percent["0_to_0.001"] == 50
    whole = 100 * holders.COIN + 1
    assert found.balance_percent["0_to_0.001"] == Fraction(100, whole)
    assert found.balance_percent["100_to_1k"] == 100 - Fraction(100, whole)
    assert list(holders.INTERVALS)[-3:] == ["100M_to_1B", "1B_to_inf", "10M_to_inf"]


def test_active_for_365_days() -> None:
    changed = {"x": DAY_1}
    assert holders.active_only({"x": 1}, changed, DAY_1 + timedelta(days=364)) == {"x": 1}
    assert holders.active_only({"x": 1}, changed, DAY_1 + timedelta(days=365)) == {}


def coinbase(txid: str, script: str, value: int) -> Row:
    """Return a coinbase row with one output."""
    return {"hash": txid, "index": 0, "inputs": [], "outputs": [output_row(0, script, value, REGTEST)]}


def spending(txid: str, spent: str, script: str, value: int) -> Row:
    """Return a row that spends output 0 of a transaction."""
    outpoint = {"index": 0, "spent_transaction_hash": spent, "spent_output_index": 0}
    return {"hash": txid, "index": 1, "inputs": [outpoint], "outputs": [output_row(0, script, value, REGTEST)]}


def test_an_unspent_coinbase_that_is_repeated_is_lost() -> None:
    script = key_scripts("miner")[3]
    account = account_of(script, REGTEST)
    ledger = Ledger(REGTEST)
    for height in (1, 2):
        ledger.add_block(height, DAY_1, [coinbase("same", script, 50)])
    lost = ledger.postings[1]
    assert (lost.kind, lost.tx_index) == ("overwrite", -1)
    assert [(entry.account, entry.value) for entry in lost.entries] == [(account, -50), (UNSPENDABLE, 50)]
    assert [posting.kind for posting in ledger.postings] == ["coinbase", "overwrite", "coinbase"]
    with pytest.raises(KeyError):
        ledger.add_block(3, DAY_1, [coinbase("c3", script, 50), spending("t", "same", script, 50),
                                    spending("u", "same", script, 50)])  # fmt: skip


def test_a_spent_coinbase_that_is_repeated_loses_nothing() -> None:
    script = key_scripts("miner")[3]
    ledger = Ledger(REGTEST)
    ledger.add_block(1, DAY_1, [coinbase("same", script, 50)])
    ledger.add_block(2, DAY_1, [coinbase("other", script, 57), spending("t", "same", script, 43)])
    ledger.add_block(3, DAY_1, [coinbase("same", script, 50)])
    assert "overwrite" not in {posting.kind for posting in ledger.postings}


def test_a_miner_who_claims_less_than_the_fees_credits_issuance() -> None:
    script = key_scripts("miner")[3]
    ledger = Ledger(REGTEST)
    ledger.add_block(1, DAY_1, [coinbase("one", script, 50)])
    ledger.add_block(2, DAY_1, [coinbase("two", script, 3), spending("t", "one", script, 43)])
    lines = [(entry.kind, entry.value) for entry in ledger.postings[1].entries]
    assert lines == [("fee", -7), ("issuance", 4), ("output", 3)]


def test_usd_is_the_exact_product_and_null_without_price() -> None:
    priced, unpriced = DayValues(Decimal("0.07")), DayValues(None)
    for values in (priced, unpriced):
        values.amount("FeeTot", 123)
        values.amount("SplyBFX", None)
    assert priced.by_id["FeeTotUSD"] == Fraction(861, 10**10)
    assert (unpriced.by_id["FeeTotNtv"], unpriced.by_id["FeeTotUSD"]) == (123, None)
    assert priced.by_id["SplyBFXNtv"] is None and priced.by_id["SplyBFXUSD"] is None


def test_revenue_per_hash_and_what_looks_back_on_it() -> None:
    days = [DayValues(Decimal(2 + number)) for number in range(400)]
    for number, day in enumerate(days):
        day.set_hash_rate(None if number == 0 else Fraction(number), 86_400 * holders.COIN)
        day.usd_of("RevUSD", 86_400 * holders.COIN)
        day.miner_outflow[0] = 43_200 * holders.COIN
    add_rolling(days)
    assert days[4].by_id["RevHashRateNtv"] == 21_600 and days[4].by_id["RevHashNtv"] == 0.25
    assert days[4].by_id["RevHashUSD"] == 1.5
    assert days[29].by_id["HashRate30d"] is None and days[30].by_id["HashRate30d"] == 15.5
    assert days[364].by_id["RevHash1yAvgNtv"] is None
    assert days[365].by_id["RevHash1yAvgUSD"] == pytest.approx(sum((n + 2) / n for n in range(1, 366)) / 365, rel=1e-14)
    assert days[28].by_id["MRI0HopAll30d"] is None and days[29].by_id["MRI0HopAll30d"] == 50
