"""What the warehouse was built from, and whether that is published."""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from enum import StrEnum
from hashlib import sha256
from pathlib import Path

import duckdb

from dagster_project.database import reading
from dagster_project.days import Days, span
from dagster_project.errors import SatledgerError
from dagster_project.files import set_aside
from dagster_project.progress import tell
from dagster_project.settings import Settings


class Unpublished(StrEnum):
    """Why the warehouse is not what is published."""

    BUILDING = "a build began and did not end"
    BUILT = "a build ended and was not published"


def has_table(connection: duckdb.DuckDBPyConnection, name: str) -> bool:
    """Whether the database has a table, or a view on a table of Spark's, of this name."""
    tables = "select table_name from duckdb_tables() union all select view_name from duckdb_views()"
    return (name,) in connection.execute(tables).fetchall()


def built_days(path: Path) -> dict[date, str]:
    """Days that a warehouse or its published copy holds, each with the fingerprint of the raw day it was built from.

    Raises:
        SatledgerError: another process writes the file.
    """
    if not path.is_file():
        return {}
    with reading(path) as connection:
        if not has_table(connection, "built_days"):
            return {}
        return dict(connection.execute("select day, fingerprint from built_days order by day").fetchall())


def row_counts(path: Path) -> Mapping[str, int]:
    """Number of rows of every table of the warehouse, as DuckDB's catalogue knows it."""
    with reading(path) as connection:
        # The catalogue's number is exact for tables that are at rest, and costs nothing on tables of any size.
        return dict(connection.execute("select table_name, estimated_size from duckdb_tables()").fetchall())


def unmark_days(connection: duckdb.DuckDBPyConnection, days: Days) -> None:
    """Say of some days that they are not built, until dbt says that they are.

    Each model is committed by itself: of a build that is cut off, some tables are rewritten and others are not.
    """
    if has_table(connection, "built_days"):
        connection.execute("delete from built_days where day between ? and ?", [days.first, days.last])


def unpublished(settings: Settings) -> Unpublished | None:
    """Return why the warehouse is not what is published, or None where it is."""
    mark = _read(settings)
    return mark and mark[0]


def unpublished_days(settings: Settings) -> Days | None:
    """Return the days on which alone the warehouse may differ from what is published; None where it is not known."""
    mark = _read(settings)
    return mark and mark[1]


def mark_unpublished(settings: Settings, why: Unpublished, days: Days | None = None) -> None:
    """Record why the warehouse is not what is published.

    Args:
        settings: name the home.
        why: the reason, in place of the one before.
        days: that are about to change, besides those recorded before; where nothing was recorded and none are given,
            it is not known which differ.
    """
    before = _read(settings)
    if before:
        known = before[1]
        days = span([known.first, known.last, *([days.first, days.last] if days else [])]) if known else None
    path = _mark(settings)
    aside = path.with_name(f"{path.name}.aside")
    aside.write_text(_text(why, days), encoding="utf-8")
    aside.replace(path)


def mark_published(settings: Settings) -> None:
    """Record that the warehouse is what is published."""
    _mark(settings).unlink(missing_ok=True)


def _read(settings: Settings) -> tuple[Unpublished, Days | None] | None:
    path = _mark(settings)
    if not path.exists():
        return None
    try:
        mark = json.loads(path.read_text(encoding="utf-8"))
        if mark.get("digest", _digest(mark)) != _digest(mark):
            raise ValueError("the mark is not what was written")
        return Unpublished(mark["why"]), mark["days"] and Days(*map(date.fromisoformat, mark["days"]))
    except (ValueError, TypeError, KeyError, AttributeError, IsADirectoryError):
        # The least that it can have said: the next build then looks at everything that is built, and publishes all.
        return Unpublished.BUILDING, None


def mend_mark(settings: Settings) -> None:
    """Write the mark anew where it is damaged, as that of a build that was cut off anywhere, and tell of it."""
    path = _mark(settings)
    if _read(settings) != (Unpublished.BUILDING, None):
        return
    text = _text(Unpublished.BUILDING, None)
    if path.is_file() and path.read_bytes() == text.encode():
        return
    place = set_aside(path)
    path.write_text(text, encoding="utf-8")
    tell(f"{path} is damaged: it is moved to {place}, and everything is published anew.")


def _text(why: Unpublished, days: Days | None) -> str:
    mark: dict[str, object] = {"why": why, "days": [str(days.first), str(days.last)] if days else None}
    return json.dumps(mark | {"digest": _digest(mark)})


def _digest(mark: Mapping[str, object]) -> str:
    """A digest of what a mark says: a wrong day in it would have a wrong part of the warehouse published."""
    return sha256(json.dumps([mark.get("why"), mark.get("days")]).encode()).hexdigest()[:16]


def _mark(settings: Settings) -> Path:
    return settings.home.resolve() / "unpublished"


def note_broken(settings: Settings, sentences: Sequence[str]) -> None:
    """Record which invariants a check of all days found broken; none where all hold."""
    path = _broken(settings)
    if not sentences:
        path.unlink(missing_ok=True)
        return
    aside = path.with_name(f"{path.name}.aside")
    aside.write_text(json.dumps(list(sentences), indent=2), encoding="utf-8")
    aside.replace(path)


def broken_at_last_check(settings: Settings) -> list[str]:
    """Return the invariants that the last check of all days found broken.

    Raises:
        SatledgerError: the record is damaged.
    """
    path = _broken(settings)
    if not path.is_file():
        return []
    try:
        return [str(sentence) for sentence in json.loads(path.read_text(encoding="utf-8"))]
    except ValueError:
        raise SatledgerError(f"{path} is damaged: run `satledger check`, which writes it anew.") from None


def _broken(settings: Settings) -> Path:
    return settings.home.resolve() / "broken_invariants.json"
