"""Reads the files of the catalogue into its rows."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import product
from pathlib import Path

import msgspec
import yaml

from dagster_project.catalogue.row import ALL_ASSETS, Family, Item, Metric, Row, Seeded
from dagster_project.errors import SatledgerError
from dagster_project.settings import DBT_PROJECT, SEEDS

FOLDER = DBT_PROJECT / "catalogue"
PRICE = "price"
USD_NOTE = "Native value times PriceUSD of the day, unrounded; null where the day has no price."

# How daily values are combined for a longer interval, by what a value is of its own day; a row may set another way.
AGGREGATIONS_BY_TYPE = {"Sum": "SUM", "Mean": "AVG", "Ratio": "AVG", "": "LAST"}
# The kind of a metric in USD, by the kind of its counterpart in native units.
IN_USD = {"native": "usd", "quotient": "quotient_usd"}


def catalogue(folder: Path = FOLDER) -> list[Metric]:
    """Return every metric, in the order of the files' names and of their rows.

    Raises:
        SatledgerError: a file is not as ``dbt/catalogue/README.md`` says, or an id is there twice.
    """
    metrics: dict[str, Metric] = {}
    aliases: list[tuple[Path, Metric, Row]] = []
    for path in sorted(folder.glob("*.yml")):
        for metric, row in _metrics(path):
            if metric.id in metrics:
                raise SatledgerError(
                    f"{path}: the id {metric.id} is in the catalogue already: give each metric one id."
                )
            metrics[metric.id] = metric
            if metric.alias_of:
                aliases.append((path, metric, row))
    for path, metric, row in aliases:
        regular = metrics.get(metric.alias_of)
        if regular is None or regular.alias_of:
            raise SatledgerError(
                f"{path}: {metric.id} is declared as another id of {metric.alias_of}, which is no metric."
            )
        metrics[metric.id] = _alias(metric, regular, row)
    return list(metrics.values())


def _metrics(path: Path) -> Iterator[tuple[Metric, Row]]:
    try:
        family = msgspec.convert(yaml.safe_load(path.read_text(encoding="utf-8")), Family)
        lists = {name: _items(items) for name, items in family.lists.items()}
        unused = set(family.instead)
        for fields in family.metrics:
            row = msgspec.convert(family.defaults | fields, Row)
            for items in product(*(lists[name] for name in row.each)):
                filled = _filled(row, {name: text for item in items for name, text in item.items()})
                for metric in _in_units(filled):
                    unused.discard(metric.id)
                    yield replace(metric, **family.instead.get(metric.id, {})), row
    except (yaml.YAMLError, msgspec.ValidationError, KeyError, TypeError) as error:
        said = f"{error} is neither a list nor a field of one" if isinstance(error, KeyError) else error
        raise SatledgerError(f"{path} cannot be used: {said}.") from error
    if unused:
        raise SatledgerError(f"{path}: `instead` names {', '.join(sorted(unused))}, which no row makes.")


def _items(items: Sequence[Item] | Seeded) -> list[Item]:
    if not isinstance(items, Seeded):
        return list(items)
    found = [
        {name: text.format_map(row) for name, text in items.item.items()}
        | items.instead.get(next(iter(row.values())), {})
        for row in _seed(items.seed)
    ]
    return [*items.first, *found]


def _seed(name: str) -> list[dict[str, str]]:
    with (SEEDS / f"{name}.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _filled(row: Row, fields: Mapping[str, str]) -> Row:
    """The row with each name in braces replaced by that field of a list item."""
    texts = {
        name: value.format_map(fields) for name in row.__struct_fields__ if isinstance(value := getattr(row, name), str)
    }
    needs = tuple(need.format_map(fields) for need in row.needs)
    return msgspec.structs.replace(row, **texts, needs=needs)


def _in_units(row: Row) -> Iterator[Metric]:
    """One metric; or, where the row is for both units, one in native units and one in USD."""
    if not row.both_units:
        yield _metric(row)
        return
    native = msgspec.structs.replace(
        row,
        id=f"{row.id}Ntv",
        name=f"{row.name} (native units)",
        unit="Native units",
        value=row.value or "native",
        needs=tuple(need for need in row.needs if need != PRICE),
    )
    yield _metric(native)
    yield _metric(
        msgspec.structs.replace(
            row,
            id=f"{row.id}USD",
            name=f"{row.name} (USD)",
            description=f"{row.description} {USD_NOTE}",
            unit="USD",
            value=IN_USD[native.value],
            needs=row.needs if PRICE in row.needs else (*row.needs, PRICE),
            # A block has no price of its own.
            per_block="",
        )
    )


def _metric(row: Row) -> Metric:
    return Metric(
        id=row.id,
        name=row.name,
        description=row.description,
        unit=row.unit,
        type=row.type,
        category=row.category,
        subcategory=row.subcategory,
        interval="1 day",
        asset_scope=" ".join(asset["asset"] for asset in _seed("assets")) if row.assets == ALL_ASSETS else row.assets,
        source_model=row.model,
        value_type=row.value,
        alias_of=row.alias_of,
        default_aggregation=row.aggregation or AGGREGATIONS_BY_TYPE[row.type],
        exchange=row.exchange,
        source_column=row.column,
        source_key=row.key,
        needs=" ".join(row.needs),
        reviewable="true" if row.reviewable else "false",
        days_ahead=str(row.days_ahead),
        per_block=row.per_block,
    )


def _alias(alias: Metric, regular: Metric, row: Row) -> Metric:
    """The regular metric under another id, with the fields that the alias sets itself."""
    own = {"id": alias.id, "alias_of": regular.id, "description": alias.description or f"Other id of {regular.id}."}
    own |= {name: getattr(alias, name) for name in ("name", "unit", "category", "subcategory") if getattr(row, name)}
    if row.aggregation:
        own["default_aggregation"] = row.aggregation
    return replace(regular, **own)
