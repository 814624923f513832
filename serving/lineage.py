"""What a model is made from, down to the raw days: read from the dbt project that made the published copy."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import yaml

from dagster_project.settings import DBT_PROJECT, SEEDS
from satledger.local import model_texts

_COMMENT = re.compile(r"\{#.*?#\}|^\s*--[^\n]*$", re.DOTALL | re.MULTILINE)
_REF = re.compile(r"""\bref\(\s*['"](\w+)['"]\s*\)""")
_SOURCE = re.compile(r"""\bsource\(\s*['"](\w+)['"]\s*,\s*['"](\w+)['"]\s*\)""")
_CALL = re.compile(r"\b(\w+)\(")
_DISPATCH = re.compile(r"""adapter\.dispatch\(\s*['"](\w+)['"]""")
_MACRO = re.compile(r"\{%-?\s*macro\s+(\w+)\(.*?\{%-?\s*endmacro\b", re.DOTALL)


@dataclass(frozen=True)
class Part:
    """Something that a model is made from.

    Attributes:
        name: of the model, seed or source.
        kind: ``model``, ``seed`` or ``source``.
        description: what its rows are; empty where nothing says so.
    """

    name: str
    kind: str
    description: str


@cache
def parents_of(model: str) -> frozenset[str]:
    """Names of the direct parents of a model, seed or source."""
    text = model_texts().get(model)
    return frozenset() if text is None else frozenset(_read_by(text))


@cache
def layers_below(model: str) -> tuple[tuple[Part, ...], ...]:
    """All that a model is made from, in layers: each part stands below everything that reads it.

    The model itself is the first layer; the raw days of the chain are in the last. A table that is read back by an
    earlier step, as dbt's sources of the name ``earlier`` are, is left out: it is the state of the days before.
    """
    depths = {model: 0}
    waiting = [model]
    while waiting:
        name = waiting.pop()
        for parent in parents_of(name):
            if depths.get(parent, -1) < depths[name] + 1:
                depths[parent] = depths[name] + 1
                waiting.append(parent)
    layers = [[name for name, depth in depths.items() if depth == layer] for layer in range(max(depths.values()) + 1)]
    return tuple(tuple(_part(name) for name in sorted(layer)) for layer in layers)


def _part(name: str) -> Part:
    kind = "model" if name in model_texts() else "source" if name in _sources() else "seed"
    return Part(name, kind, (_sources() | _descriptions()).get(name, ""))


def _read_by(text: str) -> Iterator[str]:
    """The references in a text and in the macros that it calls."""
    seen: set[str] = set()
    waiting = [_COMMENT.sub("", text)]
    while waiting:
        part = waiting.pop()
        yield from _REF.findall(part)
        yield from (table for source, table in _SOURCE.findall(part) if source != "earlier")
        called = {name for name in _CALL.findall(part) if name in _macros()}
        called |= {f"{form}__{name}" for name in _DISPATCH.findall(part) for form in ("default", "duckdb")}
        for name in called & _macros().keys() - seen:
            seen.add(name)
            waiting.append(_macros()[name])


@cache
def _macros() -> dict[str, str]:
    """Texts of the project's macros by name."""
    texts = (path.read_text(encoding="utf-8") for path in sorted((DBT_PROJECT / "macros").rglob("*.sql")))
    return {found[1]: found[0] for text in texts for found in _MACRO.finditer(_COMMENT.sub("", text))}


@cache
def _documents() -> list[dict[str, Any]]:
    paths = sorted([*(DBT_PROJECT / "models").rglob("*.yml"), *SEEDS.glob("*.yml")])
    return [yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader) for path in paths]


@cache
def _descriptions() -> dict[str, str]:
    """What the rows of each model and seed are."""
    models = [each for document in _documents() for kind in ("models", "seeds") for each in document.get(kind, ())]
    return {model["name"]: " ".join(model.get("description", "").split()) for model in models}


@cache
def _sources() -> dict[str, str]:
    """The sources of the dbt project, with their descriptions."""
    sources = [source for document in _documents() for source in document.get("sources", ())]
    return {
        table["name"]: table.get("description", "")
        for source in sources
        if source["name"] != "earlier"
        for table in source["tables"]
    }
