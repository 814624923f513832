"""Labels from GraphSense TagPacks: YAML files with a header, whose fields every tag inherits, and a list of tags.

A tag becomes a label when it is about Bitcoin and about a known exchange. The exchange is the one that the tag's
``actor`` names; without an actor, the one that its ``label`` names exactly, or begins with where the tag's category
says that it is an exchange ("okx reserve wallets"). Tags of another currency, of nobody known, of another category, or
about abuse (a theft from an exchange is not the exchange) are counted and left aside. ``is_cluster_definer`` says that
the tag holds for all addresses spent together with this one; metrics use the tagged address alone.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import yaml

from dagster_project.inputs.bad_rows import BadRows
from dagster_project.labels.model import UNKNOWN_ROLE, UNSTATED, Exchanges, Label, parse_day

BITCOIN = "BTC"
EXCHANGE = "exchange"
ROLES = ("cold", "hot", "deposit")


@dataclass(frozen=True)
class Tag:
    """A tag with the fields it inherits, and the line it begins on."""

    fields: dict[str, object]
    line: int

    def text(self, name: str) -> str:
        """Return a field as text, empty where the tag has none."""
        value = self.fields.get(name)
        return "" if value is None else str(value).strip()


def read_tagpack(path: Path, exchanges: Exchanges, bad: BadRows, ignored: Counter[str]) -> Iterator[Label]:
    """Yield the labels of a TagPack; bad tags go to ``bad``, tags about something else are counted in ``ignored``."""
    for tag in _tags(path, bad, ignored):
        reason, code = _judge(tag, exchanges)
        if reason:
            ignored[reason] += 1
            continue
        as_of = _day(tag)
        faults = [f"{name} is missing" for name in ("address", "label", "source") if not tag.text(name)]
        if not tag.text("currency") and not tag.text("network"):
            faults.append("currency is missing")
        if as_of is None:
            faults.append("neither lastmod nor created is a date like 2022-11-16")
        if not isinstance(tag.fields.get("is_cluster_definer", False), bool):
            faults.append("is_cluster_definer is neither true nor false")
        if faults or as_of is None or code is None:
            bad.add(path, tag.line, "; ".join(faults))
            continue
        confidence = tag.text("confidence") or UNSTATED
        yield Label(tag.text("address"), code, _role(tag), tag.text("source"), as_of, confidence, path, tag.line)


def _tags(path: Path, bad: BadRows, ignored: Counter[str]) -> Iterator[Tag]:
    try:
        loader = yaml.SafeLoader(path.read_text(encoding="utf-8-sig"))
        root = loader.get_single_node()
        if not isinstance(root, yaml.MappingNode):
            bad.add(path, 1, "no TagPack: it is not a mapping")
            return
        nodes = {str(key.value): value for key, value in root.value}
        if "tags" not in nodes and "actors" in nodes:
            ignored["ActorPack"] += 1
            return
        tags = nodes.pop("tags", None)
        if not isinstance(tags, yaml.SequenceNode):
            bad.add(path, 1, "no TagPack: it has no list of tags")
            return
        header = {name: loader.construct_object(node, deep=True) for name, node in nodes.items()}
        for node in tags.value:
            line = node.start_mark.line + 1
            tag = loader.construct_object(node, deep=True)
            if isinstance(tag, dict):
                yield Tag(header | tag, line)
            else:
                bad.add(path, line, "the tag is not a mapping")
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        bad.add(path, line, f"not readable as YAML ({error.problem})")
    except (yaml.YAMLError, ValueError) as error:
        bad.add(path, 1, f"not readable as YAML ({type(error).__name__})")


def _judge(tag: Tag, exchanges: Exchanges) -> tuple[str | None, str | None]:
    """Return why a tag is none of ours, or else the code of its exchange."""
    currency = tag.text("network") or tag.text("currency")
    if currency and currency.upper() != BITCOIN:
        return "other currency", None
    if tag.text("abuse"):
        return "abuse", None
    category = {word.casefold() for word in _words(tag.fields.get("category")) + _words(tag.fields.get("concepts"))}
    if category and EXCHANGE not in category:
        return "other category", None
    if actor := tag.text("actor"):
        code = exchanges.code_of(actor)
    else:
        label = tag.text("label")
        code = exchanges.code_of_beginning(label) if category else exchanges.code_of(label)
    return (None, code) if code else ("no known exchange", None)


def _words(value: object) -> list[str]:
    if isinstance(value, list):
        return [str(item) for item in value]
    return [] if value is None else [str(value)]


def _day(tag: Tag) -> date | None:
    """Return the day on which the source said so: of the last change, else of the creation."""
    for name in ("lastmod", "created"):
        value = tag.fields.get(name)
        if isinstance(value, datetime):
            return value.date()
        if isinstance(value, date):
            return value
        if value is not None:
            return parse_day(str(value))
    return None


def _role(tag: Tag) -> str:
    words = tag.text("label").casefold().split()
    return next((role for role in ROLES if role in words), UNKNOWN_ROLE)
