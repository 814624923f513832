"""The models and checks of a run, and dbt's options that select exactly these."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dagster as dg
from dagster_dbt.asset_utils import DAGSTER_DBT_UNIQUE_ID_METADATA_KEY

Manifest = Mapping[str, Any]

# Materializations that are stored in tables, unlike views and ephemeral models.
STORED = {"incremental", "table", "fixed_point"}


@dataclass(frozen=True)
class Selection:
    """The part of the dbt project that a run has to build, by dbt's unique ids.

    Attributes:
        models: models and seeds to build.
        checks: tests to run.
        whole: whether all models and seeds are to be built.
        exact: whether dbt needs options to select it, because it is not the whole project.
    """

    models: frozenset[str]
    checks: frozenset[str]
    whole: bool
    exact: bool

    @classmethod
    def of(cls, context: dg.AssetExecutionContext) -> "Selection":
        """The selection of a run of the dbt assets."""
        assets = context.assets_def
        every_check = {spec.key for spec in assets.node_check_specs_by_output_name.values()}
        whole = set(context.selected_asset_keys) == set(assets.node_keys_by_output_name.values())
        return cls(
            frozenset(_unique_id(assets.get_asset_spec(key).metadata) for key in context.selected_asset_keys),
            frozenset(
                _unique_id(assets.get_spec_for_check_key(key).metadata) for key in context.selected_asset_check_keys
            ),
            whole,
            not whole or set(context.selected_asset_check_keys) != every_check,
        )

    def part(self, manifest: Manifest, names: Collection[str]) -> "Selection":
        """Return a selection of some of its models, by name, and of the checks that read one of them."""
        models = frozenset(key for key in self.models if manifest["nodes"][key]["name"] in names)
        checks = frozenset(key for key in self.checks if models.intersection(manifest["parent_map"][key]))
        return Selection(models, checks, whole=False, exact=True)

    def arguments(self, manifest: Manifest) -> tuple[str, ...]:
        """The options of dbt that select it; none if everything is selected."""
        if not self.exact:
            return ()
        chosen = sorted(selector(manifest["nodes"][key]) for key in self.models | self.checks)
        # Without this, dbt adds every test of a selected model, even if the test reads other models too.
        return ("--indirect-selection", "empty", "--select", " ".join(chosen))

    def names(self, manifest: Manifest) -> set[str]:
        """Names of the models and seeds."""
        return {manifest["nodes"][key]["name"] for key in self.models}

    def stored(self, manifest: Manifest) -> set[str]:
        """Names of the models that are stored in tables, which a run changes."""
        return {manifest["nodes"][key]["name"] for key in self.models if is_stored(manifest["nodes"][key])}

    def reads(self, manifest: Manifest) -> set[str]:
        """Unique ids of models that the selection reads but does not build, including those read through views."""
        found: set[str] = set()
        waiting = [*self.models, *self.checks]
        seen = set(waiting)
        while waiting:
            for parent in manifest["parent_map"][waiting.pop()]:
                node = manifest["nodes"].get(parent)
                if node is None or parent in seen:
                    continue
                seen.add(parent)
                if node["config"]["materialized"] != "ephemeral":
                    found.add(parent)
                if not is_stored(node):
                    waiting.append(parent)
        return found - self.models


def selector(node: Mapping[str, Any]) -> str:
    """The dbt selector that matches exactly one node.

    A name alone is not enough, because dbt also matches folders by name: `exchanges` is a seed and a folder of models.
    """
    file = Path(node["original_file_path"])
    if file.suffix in (".sql", ".csv", ".py"):
        return f"resource_type:{node['resource_type']},file:{file.name}"
    # A generic test is in a file with others; dbt generates a unique name for it.
    return f"resource_type:{node['resource_type']},fqn:{node['name']}"


def descendants(manifest: Manifest, keys: Iterable[str]) -> list[Mapping[str, Any]]:
    """The nodes that read some nodes or sources, directly or through others."""
    found: set[str] = set()
    waiting = list(keys)
    while waiting:
        for child in manifest["child_map"].get(waiting.pop(), []):
            if child in manifest["nodes"] and child not in found:
                found.add(child)
                waiting.append(child)
    return [manifest["nodes"][key] for key in sorted(found)]


def is_stored(node: Mapping[str, Any]) -> bool:
    """Whether a node of the manifest is a model that is stored in a table."""
    return node["resource_type"] == "model" and node["config"]["materialized"] in STORED


def stored_models(manifest: Manifest) -> set[str]:
    """Names of all models that are stored in tables."""
    return {node["name"] for node in manifest["nodes"].values() if is_stored(node)}


def listed(names: Collection[str], most: int = 5) -> str:
    """Names as a list within a sentence: the first ones, and how many more there are."""
    ordered = sorted(names)
    more = f" and {len(ordered) - most} more" if len(ordered) > most else ""
    return ", ".join(ordered[:most]) + more


def _unique_id(metadata: Mapping[str, Any] | None) -> str:
    return str((metadata or {})[DAGSTER_DBT_UNIQUE_ID_METADATA_KEY])
