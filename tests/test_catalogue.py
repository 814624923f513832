"""The catalogue is complete, consistent, as published, and as committed."""

import csv
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest

from dagster_project.catalogue import Metric, catalogue
from dagster_project.catalogue.metric import all_assets, exchange_names
from dagster_project.catalogue.pages import outputs

METRICS = catalogue()
BY_ID = {metric.id: metric for metric in METRICS}
SOURCE_MODELS = {
    "blocks_daily",
    "hash_rate_daily",
    "miners_daily",
    "miner_exchange_flows_daily",
    "exchanges_daily",
    "holders_daily",
    "prices_daily",
    "reference_rates_daily",
}

BASICS_AND_HASH_RATE = {
    "BlkCnt", "BlkHgt", "AdrActCnt", "ReferenceRate", "ReferenceRateUSD",
    "BlkIntMean", "DiffMean", "IssTotNtv", "IssTotUSD", "FeeTotNtv", "FeeTotUSD", "RevNtv", "RevUSD",
    "SplyCur", "TxCnt", "PriceUSD", "HashRate", "HashRate30d", "RevHashNtv", "RevHashUSD", "RevHashRateNtv",
    "RevHashRateUSD", "RevHash1yAvgNtv", "RevHash1yAvgUSD",
}  # fmt: skip


@pytest.mark.parametrize("path", outputs(METRICS), ids=lambda path: path.name)
def test_committed_files_are_what_the_generator_writes(path: Path) -> None:
    assert path.read_text(encoding="utf-8") == outputs(METRICS)[path]


def test_published_ids_have_their_published_names_and_units(shared: Path) -> None:
    with (shared / "data/reference/metric_ids.csv").open(newline="", encoding="utf-8") as file:
        published = list(csv.DictReader(file))
    assert len(published) == 98
    keys = ("name", "category", "subcategory", "type", "unit", "interval")
    ours = {row["metric_id"]: {key: getattr(BY_ID[row["metric_id"]], key) for key in keys} for row in published}
    assert ours == {row["metric_id"]: {key: row[key] for key in keys} for row in published}


def test_ids_are_unique_and_fields_filled() -> None:
    assert [id_ for id_, count in Counter(metric.id for metric in METRICS).items() if count > 1] == []
    for metric in METRICS:
        assert metric.source_model in SOURCE_MODELS, metric
        assert metric.value_type in {"count", "native", "usd", "quotient"}, metric
        assert set(metric.asset_scope.split()) <= set(all_assets().split()), metric
        assert metric.description.endswith("."), metric
        assert all((metric.name, metric.unit, metric.category, metric.subcategory)), metric


def test_every_family_is_whole() -> None:
    parties = [*exchange_names(), "Ex"]
    assert len(parties) == 22
    expected = {f"{kind}{party}{unit}" for kind in ("FlowIn", "FlowOut", "FlowNet", "Sply") for party in parties
                for unit in ("Ntv", "USD")}  # fmt: skip
    for hop in (0, 1):
        expected |= {f"FlowMiner{way}{hop}HopAll{party}{unit}" for way in ("In", "Out") for party in parties
                     for unit in ("Ntv", "USD")}  # fmt: skip
        expected |= {f"FlowMiner{way}{hop}HopAll{unit}" for way in ("In", "Out", "Net") for unit in ("Ntv", "USD")}
        expected |= {f"SplyMiner{hop}HopAllNtv", f"SplyMiner{hop}HopAllUSD", f"MRI{hop}HopAll30d"}
    expected |= {"FlowNetBNBNtvFlow", "FlowNetBTXNtvFlow", "MOMR"}
    expected |= BASICS_AND_HASH_RATE
    bounds = ["0", "0.001", "0.01", "0.1", "1", "10", "100", "1k", "10k", "100k", "1M", "10M", "100M", "1B", "inf"]
    intervals = [f"{lower}_to_{upper}" for lower, upper in pairwise(bounds)] + ["10M_to_inf"]
    thresholds = ["0.001", "0.01", "0.1", "1", "10", "100", "1k", "10k", "100k", "1M"]
    for holders in ("holders_distribution", "active_holders_distribution"):
        for family in (holders, f"{holders}_combined_balance"):
            expected |= {f"{family}_{interval}" for interval in intervals}
            expected |= {f"{family}_over_{threshold}" for threshold in thresholds}
            expected.add(f"{family}_total")
            expected |= {f"percent_of_{family}_{interval}" for interval in intervals}
    for family in ("holders_distribution", "holders_distribution_combined_balance"):
        expected |= {f"active_percent_of_{family}_{interval}" for interval in intervals}
    assert set(BY_ID) == expected


def test_aliases_name_a_regular_metric_of_the_same_kind() -> None:
    aliases = [metric for metric in METRICS if metric.alias_of]
    assert len(aliases) == 33

    def kind(metric: Metric) -> tuple[str, ...]:
        return metric.unit, metric.category, metric.subcategory, metric.type, metric.source_model, metric.value_type

    for alias in aliases:
        assert BY_ID[alias.alias_of].alias_of == ""
        assert kind(BY_ID[alias.alias_of]) == kind(alias)


def test_hash_rate_family_covers_the_eleven_assets() -> None:
    assert all_assets().split() == ["bch", "bsv", "btc", "btg", "dash", "etc", "eth", "ltc", "vtc", "xmr", "zec"]
    for id_ in ("HashRate", "RevHash1yAvgUSD", "BlkCnt", "DiffMean", "BlkIntMean", "RevNtv"):
        assert BY_ID[id_].asset_scope == all_assets()


def test_default_aggregations_are_those_of_the_vendors() -> None:
    """Holders as Santiment's metric files say; others as their type says; nets of flows add up like flows."""
    expected = {
        "holders_distribution_1_to_10": "AVG",
        "active_holders_distribution_combined_balance_over_1k": "AVG",
        "holders_distribution_total": "AVG",
        "percent_of_holders_distribution_combined_balance_10M_to_inf": "AVG",
        "active_percent_of_holders_distribution_0_to_0.001": "AVG",
        "BlkCnt": "SUM",
        "IssTotUSD": "SUM",
        "FlowInExNtv": "SUM",
        "FlowNetExNtv": "SUM",
        "FlowNetBNBNtvFlow": "SUM",
        "FlowMinerNet0HopAllUSD": "SUM",
        "FlowMinerOut1HopAllKRKNtv": "SUM",
        "DiffMean": "AVG",
        "HashRate": "AVG",
        "RevHash1yAvgUSD": "AVG",
        "MOMR": "AVG",
        "SplyCur": "LAST",
        "SplyMiner0HopAllNtv": "LAST",
        "SplyExUSD": "LAST",
        "PriceUSD": "LAST",
        "ReferenceRate": "LAST",
        "BlkHgt": "LAST",
        "AdrActCnt": "AVG",
    }
    assert {id_: BY_ID[id_].default_aggregation for id_ in expected} == expected
    assert {metric.default_aggregation for metric in METRICS if metric.source_model == "holders_daily"} == {"AVG"}
    assert {metric.default_aggregation for metric in METRICS if metric.type == "Sum" and metric.id != "AdrActCnt"} == {
        "SUM"
    }
