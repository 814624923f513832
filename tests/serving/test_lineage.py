"""What the page says a model is made from is what dbt knows of it."""

import json

import pytest

from dagster_project.warehouse.assets import MANIFEST
from satledger.local import model_texts
from serving.lineage import layers_below, parents_of

# They name what they read in a loop, or read what their catalogue names; no metric comes from them.
NAMED_IN_A_LOOP = {"metrics_daily", "built_days", "unmet_needs"}
# Read by a macro in one branch of two.
IN_ONE_BRANCH = {"days", "asset_days"}


@pytest.fixture(scope="module")
def parents() -> dict[str, set[str]]:
    """What dbt says that each model reads, without the tables of the days before."""
    manifest = MANIFEST
    return {
        node["name"]: {
            name.split(".")[-1]
            for name in manifest["parent_map"][key]
            if not name.startswith("source.satledger.earlier")
        }
        for key, node in manifest["nodes"].items()
        if node["resource_type"] == "model"
    }


def test_parents_are_those_of_dbt(parents: dict[str, set[str]]) -> None:
    assert parents.keys() == model_texts().keys()
    for model in parents.keys() - NAMED_IN_A_LOOP:
        read = parents_of(model)
        assert parents[model] <= read, model
        assert read - parents[model] <= IN_ONE_BRANCH, model


def test_layers_lead_down_to_the_raw_days(parents: dict[str, set[str]]) -> None:
    for model in (name for name in parents if name.endswith("_metrics")):
        layers = layers_below(model)
        assert [part.name for part in layers[0]] == [model]
        depth = {part.name: number for number, layer in enumerate(layers) for part in layer}
        assert all(depth[parent] > depth[name] for name in depth for parent in parents_of(name))
        assert all(part.description for layer in layers for part in layer), model
    assert [part.name for part in layers_below("exchanges_metrics")[-1]] == ["raw_days"]
    assert {part.kind for part in layers_below("exchanges_metrics")[-1]} == {"source"}
    assert json.dumps([part.name for layer in layers_below("prices_metrics") for part in layer])
