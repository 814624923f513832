"""No import runs upward: what a folder or module of the project may import stands before it in one list."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
# From the bottom to the top. A folder counts as one, and may import itself and what stands before it.
LAYERS = (
    "dagster_project.errors",
    "dagster_project.settings",
    "dagster_project.days",
    "dagster_project.files",
    "dagster_project.seals",
    "dagster_project.progress",
    "dagster_project.webhook",
    "dagster_project.json_log",
    "dagster_project.csv_cells",
    "dagster_project.home",
    "dagster_project.database",
    "dagster_project.blocks",
    "dagster_project.lake",
    "dagster_project.inputs",
    "dagster_project.sample",
    "dagster_project.partitions",
    "dagster_project.resources",
    "dagster_project.instance_file",
    "dagster_project.event_batches",
    "dagster_project.event_log",
    "dagster_project.postgres_event_log",
    "dagster_project.instance",
    "dagster_project.headers",
    "dagster_project.labels",
    "dagster_project.prices",
    "dagster_project.chain",
    "dagster_project.warehouse",
    "dagster_project.first_start",
    "dagster_project.publish",
    "dagster_project.planning",
    "dagster_project.catalogue",
    "dagster_project.definitions",
    "satledger.local",
    "satledger.remote",
    "satledger.client",
    "serving.errors",
    "serving.statements",
    "serving.known",
    "serving.catalog",
    "serving.addresses",
    "serving.derived",
    "serving.unproven",
    "serving.instants",
    "serving.reviews",
    "serving.published",
    "serving.state",
    "serving.lineage",
    "serving.related",
    "serving.about_metric",
    "serving.served_files",
    "serving.rest",
    "serving.health",
    "serving.connections",
    "serving.metrics",
    "serving.head",
    "serving.recent",
    "serving.keys",
    "serving.rate_limits",
    "serving.validation",
    "serving.failed_keys",
    "serving.hosts",
    "serving.gate",
    "serving.views",
    "serving.page",
    "serving.graphql",
    "serving.sql",
    "serving.assistant",
    "serving.app",
    "dagster_project.ports",
    "serving.server",
    "dagster_project.cli",
    "dagster_project.start",
)


def layer_of(module: str) -> int | None:
    """Where a module stands in the list; None for one that is not the project's."""
    name = ".".join(module.split(".")[:2])
    if module.split(".")[0] not in ("dagster_project", "satledger", "serving") or "." not in module:
        return None
    assert name in LAYERS, f"{name} is in no layer: put it into the list of {Path(__file__).name}"
    return LAYERS.index(name)


def imported(path: Path) -> Iterator[tuple[int, str]]:
    """The modules that a file imports, anywhere in it, with their lines."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


@pytest.mark.parametrize("package", ["dagster_project", "satledger", "serving"])
def test_no_import_runs_upward(package: str) -> None:
    upward = []
    for path in sorted((ROOT / package).rglob("*.py")):
        if path == ROOT / package / "__init__.py":
            continue
        here = layer_of(".".join(path.relative_to(ROOT).with_suffix("").parts))
        assert here is not None
        for line, module in imported(path):
            there = layer_of(module)
            if there is not None and there > here:
                upward.append(f"{path.relative_to(ROOT)}:{line} imports {module}")
    assert upward == []
