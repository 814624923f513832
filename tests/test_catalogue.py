"""The catalogue is complete, consistent, as published, and as committed."""

import csv
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest

from dagster_project.catalogue import Metric, catalogue
from dagster_project.catalogue.pages import outputs
from dagster_project.errors import SatledgerError
from dagster_project.settings import DBT_PROJECT, SEEDS

METRICS = catalogue()
ALL_ASSETS = "bch bsv btc btg dash etc eth ltc vtc xmr zec"
with (SEEDS / "exchanges.csv").open(newline="", encoding="utf-8") as seed:
    EXCHANGES = [row["code"] for row in csv.DictReader(seed)]
BY_ID = {metric.id: metric for metric in METRICS}
SOURCE_MODELS = {path.stem for path in (DBT_PROJECT / "models").rglob("*_metrics.sql")}
VALUE_TYPES = {"count", "native", "usd", "quotient", "quotient_usd"}


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
        assert metric.value_type in VALUE_TYPES, metric
        assert set(metric.asset_scope.split()) <= set(ALL_ASSETS.split()), metric
        assert metric.description.endswith("."), metric
        assert all((metric.name, metric.unit, metric.category, metric.subcategory)), metric


def test_every_family_is_whole() -> None:
    parties = [*EXCHANGES, "Ex"]
    assert len(parties) == 22
    expected = {f"{kind}{party}{unit}" for kind in ("FlowIn", "FlowOut", "FlowNet", "Sply") for party in parties
                for unit in ("Ntv", "USD")}  # fmt: skip
    for hop in (0, 1):
        expected |= {f"FlowMiner{way}{hop}HopAll{party}{unit}" for way in ("In", "Out") for party in parties
                     for unit in ("Ntv", "USD")}  # fmt: skip
        expected |= {f"FlowMiner{way}{hop}HopAll{unit}" for way in ("In", "Out", "Net") for unit in ("Ntv", "USD")}
        expected |= {f"SplyMiner{hop}HopAllNtv", f"SplyMiner{hop}HopAllUSD", f"MRI{hop}HopAll30d"}
    expected |= {"FlowNetBNBNtvFlow", "FlowNetBTXNtvFlow", "MOMR"}
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
    families = ("miners_metrics", "miner_exchange_flows_metrics", "exchanges_metrics", "holders_metrics")
    found = {metric.id for metric in METRICS if metric.source_model in families}
    other_ids = {
        "exchange_balance",
        "supply_outside_exchanges",
        "percent_of_total_supply_on_exchanges",
        "miners_balance",
    }
    other_ids |= {"supply_on_exchanges"}
    other_ids |= {f"exchange_{way}{unit}" for way in ("inflow", "outflow") for unit in ("", "_usd")}
    assert found == expected | other_ids


def test_every_family_of_age_and_cost_is_whole() -> None:
    periods = ("1d", "7d", "30d", "90d", "180d", "1yr", "2yr", "3yr", "4yr", "5yr", "10yr")
    bands = ("1d", "1w", "1m", "3m", "6m", "1y", "2y", "3y", "4y", "5y", "7y", "10y", "10yPlus")
    limits = ("", "30d", "90d", "155d", "1y", "5y")
    expected = {f"SplyAct{period}" for period in (*periods, "Ever")} | {"SplyActPct1yr", "CapAct1yrUSD"}
    expected |= {f"CapRealUSD{band}" for band in (*bands, "")}
    expected |= {f"SplyRvv{period}" for period in periods if period not in ("1d", "10yr")}
    expected |= {f"SOPR{who}{out}{limit}" for who in ("Lth", "Sth") for out in ("", "Out") for limit in limits if limit}
    expected |= {"SOPR", "SOPROut", "TxTfrValDayDst", "TxTfrValDayDstMean"}
    expected |= {f"UTXO{name}" for name in ("Cnt", "Day", "AgeMean", "AgeMed", "AgeValMean")}
    expected |= {f"UTXO{side}{what}" for side in ("Prof", "Loss") for what in ("Cnt", "UnrealUSD")}
    expected |= {"SplyUTXOProf", "SplyUTXOLoss", "VelCur1yr", "VelAct1yr"}
    expected |= {"CapMVRVCur", "CapMVRVZ", "NUPL", "RCTC", "MCRC", "MCTC"}
    expected |= {f"PuellMul{of}" for of in ("Cont", "Tot", "Rev")}
    within = ("1d", "7d", "30d", "60d", "90d", "180d", "365d", "2y", "3y", "5y", "10y")
    for family in ("circulation", "realized_value_usd", "mvrv_usd", "mean_realized_price_usd"):
        expected |= {family} | {f"{family}_{bound}" for bound in within}
    expected |= {"mean_dollar_invested_age"} | {f"mean_dollar_invested_age_{bound}" for bound in within}
    expected |= {"mean_age"} | {f"mean_age_{bound}" for bound in within[4:-1]}
    older = (*within[4:], "7y", "8y", "9y")
    expected |= {f"dormant_circulation_{bound}" for bound in older}
    edges = ("0d", *within[:-1])
    shared = {f"{lower}_to_{upper}" for lower, upper in pairwise(edges)}
    expected |= {f"realized_cap_hodl_waves_{band}" for band in shared | {"5y_to_10y", "10y_to_20y"}}
    for family in ("spent_coins_age_band", "percent_of_spent_coins_age_band"):
        expected |= {f"{family}_{band}" for band in shared | {"5y_to_7y", "7y_to_10y", "10y_to_inf"}}
    expected |= {"total_supply_in_profit", "percent_of_total_supply_in_profit", "network_profit_loss"}
    expected |= {"transaction_volume_in_profit", "transaction_volume_in_loss", "transaction_volume_profit_loss_ratio"}
    expected |= {"age_destroyed", "age_consumed", "velocity", "nvt", "nvt_transaction_volume"}
    families = ("unspent_coins_metrics", "spent_coins_metrics", "cost_basis_metrics")
    assert {metric.id for metric in METRICS if metric.source_model in families} == expected


def test_aliases_name_a_regular_metric_of_the_same_kind() -> None:
    aliases = [metric for metric in METRICS if metric.alias_of]

    def kind(metric: Metric) -> tuple[str, ...]:
        return metric.unit, metric.category, metric.subcategory, metric.type, metric.source_model, metric.value_type

    for alias in aliases:
        assert BY_ID[alias.alias_of].alias_of == ""
        assert kind(BY_ID[alias.alias_of]) == kind(alias)


def test_hash_rate_family_covers_the_eleven_assets() -> None:
    for id_ in ("HashRate", "RevHash1yAvgUSD", "BlkCnt", "DiffMean", "BlkIntMean", "RevNtv"):
        assert BY_ID[id_].asset_scope == ALL_ASSETS


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
    holders = [metric for metric in METRICS if metric.source_model == "holders_metrics"]
    assert {metric.default_aggregation for metric in holders} == {"AVG"}
    assert {
        metric.default_aggregation for metric in METRICS if metric.type == "Sum" and metric.unit != "Addresses"
    } == {"SUM"}


def test_what_an_input_can_change_afterwards_is_reviewable() -> None:
    reviewable = {metric.id for metric in METRICS if metric.reviewable == "true"}
    of_exchanges = {metric.id for metric in METRICS if metric.exchange}
    assert of_exchanges <= reviewable
    assert {id_ for id_ in BY_ID if id_.startswith(("SplyMiner", "FlowMiner"))} <= reviewable
    assert not {"BlkCnt", "PriceUSD", "MOMR", "holders_distribution_total"} & reviewable


def test_metrics_per_block() -> None:
    """Only values of one day and asset, and none in USD: a block has no price of its own."""
    per_block = {metric.id: metric.per_block for metric in METRICS if metric.per_block}
    assert per_block["RevNtv"] == "subsidy + fees"
    assert set(per_block) >= {"DiffLast", "FeeTotNtv", "IssTotNtv", "RevNtv", "TxCnt"}
    assert not {id_ for id_ in per_block if BY_ID[id_].value_type in ("usd", "quotient_usd")}


ROW = """
metrics:
  - {id: BlkOdd, name: Odd, description: Odd blocks., unit: Blocks, category: Blocks, subcategory: Odd, column: odd,
     model: blocks_metrics, value: count}
"""


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (ROW.replace("value: count", "value: counts"), "Invalid enum value 'counts'"),
        (ROW.replace("column: odd", "colunm: odd"), "unknown field `colunm`"),
        (ROW.replace("id: BlkOdd", 'id: "Blk{odd}"'), "'odd' is neither a list nor a field of one"),
        (ROW.replace("value: count", "value: count, each: [hop]"), "'hop' is neither a list nor a field of one"),
        (ROW + ROW.split("metrics:")[1], "BlkOdd is in the catalogue already"),
        (ROW + "  - {id: BlkEven, alias_of: BlkMissing}", "another id of BlkMissing, which is no metric"),
        (ROW + "instead: {BlkEven: {name: Even}}", "`instead` names BlkEven, which no row makes"),
        (ROW.replace("count}", "count"), "cannot be used: while parsing a flow mapping"),
        ("", "cannot be used: Expected `object`, got `null`"),
    ],
)
def test_a_mistake_in_a_file_is_told(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "odd.yml"
    path.write_text(text)
    with pytest.raises(SatledgerError) as refused:
        catalogue(tmp_path)
    assert str(refused.value).startswith(str(path))
    assert said in str(refused.value)
