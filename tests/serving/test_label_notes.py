"""How many labelled addresses a value is made from stands beside every metric of an exchange."""

import pytest

from tests.serving.servers import Server


@pytest.mark.parametrize(
    ("metric", "note"),
    [
        ("FlowInBNBNtv", "Here: 12 labelled addresses."),
        ("FlowNetBNBNtvFlow", "Here: 12 labelled addresses."),
        ("FlowMinerOut1HopAllKRKUSD", "Here: 1 labelled address."),
        ("SplyExNtv", "Here: 13 labelled addresses."),
        ("SplyNBXUSD", "Here: no labelled addresses."),
    ],
)
def test_reference_data_and_catalogue(server: Server, metric: str, note: str) -> None:
    (entry,) = server.get("/v4/reference-data/asset-metrics", metrics=metric).json()["data"]
    assert entry["description"].endswith(note)
    if metric == "FlowInBNBNtv":
        (listed,) = server.get("/v4/catalog/metrics", metrics=metric).json()["data"]
        assert listed["description"] == entry["description"]


def test_a_metric_of_no_exchange_says_nothing_of_labels(server: Server) -> None:
    entries = server.get(
        "/v4/reference-data/asset-metrics", metrics="BlkCnt,SplyMiner0HopAllNtv,SplyCur,FlowMinerNet0HopAllNtv"
    ).json()["data"]
    assert len(entries) == 4
    assert [entry for entry in entries if "labelled" in entry["description"]] == []
