"""A row of the metric catalogue, and a row of one of its files."""

from dataclasses import dataclass
from typing import Literal

import msgspec

LEDGER_ASSET = "btc"
ALL_ASSETS = "all"


@dataclass(frozen=True)
class Metric:
    """One row of the catalogue; the seed ``metric_catalog`` describes the fields."""

    id: str
    name: str
    description: str
    unit: str
    type: str
    category: str
    subcategory: str
    interval: str
    asset_scope: str
    source_model: str
    value_type: str
    alias_of: str
    default_aggregation: str
    exchange: str
    source_column: str
    source_key: str
    needs: str
    reviewable: str
    days_ahead: str
    per_block: str


class Row(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A metric, or a family of metrics, in a file of ``dbt/catalogue``; the README there describes the fields.

    A name in braces is replaced by that field of a list item; ``each`` names the lists.
    """

    id: str
    name: str = ""
    description: str = ""
    unit: str = ""
    both_units: bool = False
    type: Literal["Sum", "Mean", "Ratio", ""] = ""
    category: str = ""
    subcategory: str = ""
    assets: str = LEDGER_ASSET
    model: str = ""
    column: str = ""
    key: str = ""
    value: Literal["count", "native", "usd", "quotient", "quotient_usd", ""] = ""
    alias_of: str = ""
    aggregation: Literal["SUM", "AVG", "LAST", ""] = ""
    exchange: str = ""
    needs: tuple[str, ...] = ()
    reviewable: bool = False
    days_ahead: int = 0
    per_block: str = ""
    each: tuple[str, ...] = ()


Item = dict[str, str]


class Seeded(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A list whose items are made from the rows of a seed.

    Attributes:
        seed: name of the seed, without its folder and ending.
        item: fields of an item; columns of the seed's row in braces.
        first: items that come before those of the seed.
        instead: fields that differ, by the value of the seed's first column.
    """

    seed: str
    item: Item
    first: tuple[Item, ...] = ()
    instead: dict[str, Item] = {}


class Family(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A file of the catalogue.

    Attributes:
        defaults: fields of every row that does not have its own.
        lists: what rows are repeated for.
        metrics: the rows.
        instead: fields that differ from the row's, by id of the metric.
    """

    defaults: dict[str, str | bool | int | list[str]] = {}
    lists: dict[str, tuple[Item, ...] | Seeded] = {}
    metrics: tuple[dict[str, str | bool | int | list[str]], ...]
    instead: dict[str, Item] = {}
