"""Labels from GraphSense TagPacks: YAML files with a header, whose fields every tag inherits, and a list of tags.

A tag becomes a label if it is about Bitcoin and a known exchange. The exchange is given by the tag's ``actor``. Without
an actor, ``label`` has to be exactly the exchange's name, or may only begin with it if the tag's category is exchange
("okx reserve wallets"). Skipped and counted are tags of another currency, of an unknown actor, of another category,
about abuse (the address of a thief is not the exchange's), and about an entity instead of an address.
``is_cluster_definer`` means that the tag holds for all addresses spent together with this one; metrics only use the
tagged address.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import yaml

from dagster_project.inputs.bad_rows import BadRows
from dagster_project.inputs.intake import Intake
from dagster_project.inputs.yaml_limits import Loader, YamlLimitError, read_limited
from dagster_project.labels.model import UNKNOWN_ROLE, UNSTATED, Exchanges, Label, day_of, parse_day

BITCOIN = "BTC"
EXCHANGE = "exchange"
ROLES = ("cold", "hot", "deposit")

# A number is read as a day if it is in seconds since 1970, and between Bitcoin's start (2009) and the year 2100.
SECONDS = range(1_230_768_000, 4_102_444_800)

# Placeholder for a value that could not be read and is already in ``bad``.
UNREADABLE = object()


@dataclass(frozen=True)
class Tag:
    """A tag with the fields it inherits, and the line it begins on."""

    fields: dict[str, object]
    line: int

    def text(self, name: str) -> str:
        """Return a field as text; empty if the tag does not have it."""
        value = self.fields.get(name)
        return "" if value is None else str(value).strip()


def read_tagpack(path: Path, exchanges: Exchanges, bad: BadRows, intake: Intake) -> Iterator[Label]:
    """Yield the labels of a TagPack; bad tags are added to ``bad``, tags about something else are counted as skipped.

    A YAML file without tags is not a TagPack, and is skipped.
    """
    for tag in _tags(path, bad, intake):
        reason, code = _judge(tag, exchanges)
        if reason:
            intake.leave(path, reason)
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


def _tags(path: Path, bad: BadRows, intake: Intake) -> Iterator[Tag]:
    try:
        loader = Loader(read_limited(path))
        root = loader.get_single_node()
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        bad.add(path, line, f"not readable as YAML ({error.problem})")
        return
    except OSError as error:
        bad.add(path, 1, f"the file cannot be read ({error.strerror})")
        return
    except UnicodeDecodeError as error:
        bad.add(path, error.object.count(b"\n", 0, error.start) + 1, "the text from here on is not UTF-8")
        return
    except YamlLimitError as error:
        bad.add(path, error.line, error.problem)
        return
    except (yaml.YAMLError, ValueError) as error:
        bad.add(path, 1, f"not readable as YAML ({type(error).__name__})")
        return
    nodes = {str(key.value): value for key, value in root.value} if isinstance(root, yaml.MappingNode) else {}
    if root is None or "tags" not in nodes:
        intake.leave_file(path, "an ActorPack" if "actors" in nodes else "no TagPack: it has no list of tags")
        return
    twice = sorted((key.start_mark.line + 1, key.value) for key in _given_twice(root))
    for line, key in twice:
        bad.add(path, line, f"the key {key} is given twice: keep one of them")
    tags = nodes.pop("tags")
    if not isinstance(tags, yaml.SequenceNode):
        bad.add(path, tags.start_mark.line + 1, "no TagPack: it has no list of tags")
        return
    header = {name: _value(loader, node, path, bad) for name, node in nodes.items()}
    if twice or UNREADABLE in header.values():
        return
    for node in tags.value:
        tag = _value(loader, node, path, bad)
        line = node.start_mark.line + 1
        if isinstance(tag, dict):
            yield Tag(header | tag, line)
        elif tag is not UNREADABLE:
            bad.add(path, line, "the tag is not a mapping")


def _value(loader: yaml.SafeLoader, node: yaml.Node, path: Path, bad: BadRows) -> object:
    """Return the value of a YAML node; one that cannot be read, such as 2022-02-30, is added to ``bad``."""
    try:
        return loader.construct_object(node, deep=True)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or node.start_mark
        bad.add(path, mark.line + 1, f"not readable as YAML ({error.problem})")
    except ValueError as error:
        bad.add(path, node.start_mark.line + 1, f"not readable as YAML ({error})")
    return UNREADABLE


def _given_twice(root: yaml.Node) -> Iterator[yaml.ScalarNode]:
    """Yield keys that are repeated in a mapping: YAML forbids this, but its parsers silently use the last one."""
    waiting = [root]
    visited: set[int] = set()
    while waiting:
        node = waiting.pop()
        # An alias is the same node object as its anchor, which may even contain it.
        if id(node) in visited:
            continue
        visited.add(id(node))
        if isinstance(node, yaml.MappingNode):
            seen: set[str] = set()
            for key, value in node.value:
                if isinstance(key, yaml.ScalarNode):
                    if key.value in seen:
                        yield key
                    seen.add(key.value)
                waiting.append(value)
        elif isinstance(node, yaml.SequenceNode):
            waiting.extend(node.value)


def _judge(tag: Tag, exchanges: Exchanges) -> tuple[str | None, str | None]:
    """Return the reason to skip a tag, or else the code of its exchange."""
    currency = tag.text("network") or tag.text("currency")
    if currency and currency.upper() != BITCOIN:
        return "other currency", None
    if tag.text("abuse"):
        return "abuse", None
    category = {word.casefold() for word in _words(tag.fields.get("category")) + _words(tag.fields.get("concepts"))}
    if category and EXCHANGE not in category:
        return "other category", None
    if actors := _words(tag.fields.get("actor")):
        codes = {code for actor in actors if (code := exchanges.code_of(actor))}
    else:
        label = tag.text("label")
        codes = {exchanges.code_of_beginning(label) if category else exchanges.code_of(label)} - {None}
    if len(codes) > 1:
        return "actors of several exchanges", None
    if codes and not tag.text("address") and tag.text("entity"):
        # Old packs identify a whole cluster by its number in the author's database.
        return "an entity, not an address", None
    return (None, codes.pop()) if codes else ("no known exchange", None)


def _words(value: object) -> list[str]:
    if isinstance(value, list):
        return [str(item) for item in value]
    return [] if value is None or value == "" else [str(value)]


def _day(tag: Tag) -> date | None:
    """Return the day of the tag's last change, or else of its creation."""
    for name in ("lastmod", "created"):
        value = tag.fields.get(name)
        if isinstance(value, datetime):
            return day_of(value)
        if isinstance(value, date):
            return value
        if isinstance(value, int) and value in SECONDS:
            return datetime.fromtimestamp(value, UTC).date()
        if value is not None:
            return parse_day(str(value))
    return None


def _role(tag: Tag) -> str:
    words = tag.text("label").casefold().split()
    return next((role for role in ROLES if role in words), UNKNOWN_ROLE)
