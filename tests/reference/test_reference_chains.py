"""The reference on random chains: what has to hold whatever the chain, and that chains have what makes them hard."""

from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from dagster_project.catalogue import catalogue

from .accounts import ISSUANCE, UNSPENDABLE, VIRTUAL
from .chains import ChainOptions, RandomChain, build_chain
from .consensus_time import block_days, complete_days
from .exchanges import ALL, CODES
from .exports import load_export
from .metrics import ReferenceResult, compute

# Adjusted values of a day are known when the next one is.
KNOWN_A_DAY_LATER = {metric.id for metric in catalogue() if metric.source_model == "adjusted_transfers_metrics"}

Made = list[tuple[RandomChain, ReferenceResult]]


@pytest.fixture(scope="module")
def some_chains() -> Made:
    """Chains of all kinds with their results: ``test_they_have_everything_that_is_hard`` says of which."""
    made = []
    for seed in range(60):
        options = ChainOptions(
            seed,
            blocks=3 + 37 * seed // 60,
            days=1 + seed % 12,
            keys=1 + seed % 6,
            payments=5,
            labels=seed % 7,
            leading_blocks=140 * (seed % 4 == 0),
            genesis_gap=seed % 2 == 0,
            long_gap_days=400 * (seed % 10 == 0),
            duplicates=seed % 5 > 0,
            old_node=seed % 8 == 1,
            hard_bits=seed % 3 == 0,
            priced=0.8 * (seed % 9 > 0),
            min_confirmations=seed % 7,
        )
        chain = build_chain(options)
        made.append((chain, chain.reference()))
    return made


def test_every_day_balances(some_chains: Made) -> None:
    for chain, result in some_chains:
        balances: Counter[str] = Counter()
        for day in result.days:
            balances.update({row.account: row.closing - row.opening for row in result.account_days if row.day == day})
            users = sum(value for account, value in balances.items() if account not in VIRTUAL)
            assert users + balances[UNSPENDABLE] == -balances[ISSUANCE]
            assert result.value(day, "SplyCur") == users - chain.chain.genesis_value
            whole = sum(
                value
                for metric, value in result.metrics[day].items()
                if metric.startswith("holders_distribution_combined_balance_") and "_over_" not in metric
                if isinstance(value, int) and not metric.endswith(("10M_to_inf", "_total"))
            )
            assert whole == users == result.value(day, "holders_distribution_combined_balance_total")


def test_flows_explain_supplies_where_nothing_was_overwritten(
    some_chains: Made,
) -> None:
    for _, result in some_chains:
        if any(posting.kind == "overwrite" for posting in result.postings):
            continue
        balances: Counter[str] = Counter()
        before: Counter[str] = Counter()
        for day in result.days:
            for hop in range(2):
                joiners = [a for a, since in result.hop_members.joined[hop].items() if since == day]
                brought = sum(balances[account] for account in joiners)
                assert amount(result, day, f"SplyMiner{hop}HopAllNtv") == (
                    before[f"hop{hop}"] + amount(result, day, f"FlowMinerNet{hop}HopAllNtv") + brought
                )
                before[f"hop{hop}"] = amount(result, day, f"SplyMiner{hop}HopAllNtv")
            for party in (*CODES, ALL):
                if result.value(day, f"Sply{party}Ntv") is None:
                    assert result.value(day, f"FlowNet{party}Ntv") is None
                    continue
                before[party] += amount(result, day, f"FlowNet{party}Ntv")
                assert amount(result, day, f"Sply{party}Ntv") == before[party]
            balances.update({row.account: row.closing - row.opening for row in result.account_days if row.day == day})


def test_no_look_ahead(some_chains: Made) -> None:
    """A chain cut off one block after it completed half of its days gives those days the same values."""
    for chain, result in some_chains:
        heights = block_days([row["timestamp"] for row in chain.blocks])
        confirmations = chain.options.min_confirmations
        last_day = result.days[len(result.days) // 2]
        tip = next(t for t in range(len(heights)) if last_day in complete_days(heights[: t + 1], confirmations))
        transactions = [row for row in chain.transactions if row["block_number"] <= tip]
        cut = compute(chain.blocks[: tip + 1], transactions, chain.chain, chain.labels, chain.prices, confirmations)
        assert last_day in cut.days
        for day in cut.days:
            waits = KNOWN_A_DAY_LATER if day == max(cut.days) else set()
            found, expected = cut.metrics[day], result.metrics[day]
            assert found.keys() == expected.keys()
            assert {id: found[id] for id in found.keys() - waits} == {id: expected[id] for id in found.keys() - waits}


def test_members_of_no_hop_are_members_of_one(some_chains: Made) -> None:
    for _, result in some_chains:
        hop0, hop1 = result.hop_members.joined
        assert all(hop1[account] <= since for account, since in hop0.items())
        assert not (hop1.keys() & VIRTUAL)


def test_written_and_read_in_any_order_a_chain_is_the_same(tmp_path: Path) -> None:
    chain = build_chain(ChainOptions(seed=3, blocks=30, payments=5))
    chain.write_export(tmp_path, shuffle_seed=1)
    blocks, transactions = load_export(tmp_path)
    assert blocks != chain.blocks
    confirmations = chain.options.min_confirmations
    again = compute(blocks, transactions, chain.chain, chain.labels, chain.prices, confirmations)
    assert again.metrics == chain.reference().metrics


def test_the_same_options_give_the_same_chain() -> None:
    first, second = (build_chain(ChainOptions(seed=4, blocks=30)) for _ in range(2))
    assert (first.blocks, first.transactions) == (second.blocks, second.transactions)
    assert (first.labels, first.prices) == (second.labels, second.prices)


def test_they_have_everything_that_is_hard(some_chains: Made) -> None:
    """Random chains have all the difficult features, without which agreement on them would prove little."""
    seen: Counter[str] = Counter()
    for chain, result in some_chains:
        count_features(seen, chain, result)
    hard = (
        *("empty day", "subsidy halved", "miner claims less than the fees", "overwritten", "repeated after a spend"),
        *("partly overwritten", "spent within its block", "look-back", "coinbase to an exchange", "zero output"),
        *("zero input", "unspendable value", "three parties or more on both sides", "several exchanges in one"),
        *("ceased to be active", "no price", "no label of the exchange", "exchange never paid", "same account twice"),
    )
    assert {feature: seen[feature] for feature in hard if seen[feature] == 0} == {}


def count_features(seen: Counter[str], chain: RandomChain, result: ReferenceResult) -> None:
    """Count what a chain and its result have of the features that make chains hard."""
    hop0, hop1 = result.hop_members.joined
    labels = chain.labels
    for transaction in chain.transactions:
        txids = {row["hash"] for row in chain.transactions if row["block_number"] == transaction["block_number"]}
        seen["spent within its block"] += any(i["spent_transaction_hash"] in txids for i in transaction["inputs"])
        seen["zero output"] += any(output["value"] == 0 for output in transaction["outputs"])
    repeats = Counter(row["hash"] for row in chain.transactions)
    overwritten = {posting.txid: posting for posting in result.postings if posting.kind == "overwrite"}
    seen["repeated after a spend"] += sum(n > 1 and txid not in overwritten for txid, n in repeats.items())
    for posting in result.postings:
        inputs = [entry for entry in posting.entries if entry.kind == "input"]
        seen["overwritten"] += posting.kind == "overwrite"
        seen["miner claims less than the fees"] += any(e.account == ISSUANCE and e.value > 0 for e in posting.entries)
        seen["unspendable value"] += posting.kind == "regular" and UNSPENDABLE in posting.credited
        seen["coinbase to an exchange"] += posting.kind == "coinbase" and bool(posting.credited & labels.keys())
        seen["several exchanges in one"] += len({labels.get(e.account) for e in inputs} - {None}) > 1
        seen["same account twice"] += len({entry.account for entry in inputs}) < len(inputs)
        if posting.kind == "regular":
            row = next(row for row in chain.transactions if row["hash"] == posting.txid)
            seen["zero input"] += len(inputs) < len(row["inputs"])
        if posting.kind == "overwrite":
            row = next(row for row in chain.transactions if row["hash"] == posting.txid)
            with_value = [output for output in row["outputs"] if output["value"] > 0]
            seen["partly overwritten"] += len(posting.entries) < 2 * len(with_value)
    pairs = Counter((t.height, t.tx_index, t.party_set, t.sender) for t in result.transfers)
    senders = Counter(place[:3] for place in pairs)
    seen["three parties or more on both sides"] += any(pairs[p] > 2 and senders[p[:3]] > 2 for p in pairs)
    seen["look-back"] += sum(
        any(p.txid in result.hop_members.evidence[1][account] and p.day < day for p in result.postings)
        for account, day in hop1.items()
        if account not in hop0
    )
    seen["subsidy halved"] += len({chain.chain.subsidy(row["number"]) for row in chain.blocks}) > 1
    for day in result.days:
        seen["empty day"] += result.value(day, "BlkCnt") == 0
        seen["no price"] += result.value(day, "PriceUSD") is None
        seen["no label of the exchange"] += any(result.value(day, f"Sply{code}Ntv") is None for code in CODES)
        seen["exchange never paid"] += any(result.value(day, f"Sply{code}Ntv") == 0 for code in CODES)
        everyone, active = (
            result.value(day, f"{kind}_distribution_over_0.001") for kind in ("holders", "active_holders")
        )
        seen["ceased to be active"] += everyone != active


def amount(result: ReferenceResult, day: date, metric: str) -> int:
    """Return a native amount that has to exist."""
    value = result.value(day, metric)
    assert isinstance(value, int)
    return value
