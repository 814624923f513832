"""Publishing: writes the files that changed, then replaces the small DuckDB file that lists the current files."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb

from dagster_project.database import Config, connect, explained, first_line, is_damage
from dagster_project.days import Days
from dagster_project.errors import SatledgerError
from dagster_project.files import kept_from_writers, put_in_place, remove
from dagster_project.lake.staging import quoted
from dagster_project.progress import tell
from dagster_project.publish.history import record_changes, reviewed
from dagster_project.publish.pieces import (
    Piece,
    folder_of,
    remove_abandoned,
    remove_retired,
    retire,
)
from dagster_project.publish.place import mend_copy
from dagster_project.publish.state import (
    HISTORY,
    State,
    as_published,
    load_state,
    note_digests,
    write_list,
    write_state,
)
from dagster_project.publish.tables import Models, PublicTable, public_tables
from dagster_project.publish.writing import joined_as_written, write_tables

# How long the files of an earlier state are kept for readers that still use it.
GRACE = timedelta(days=1)

_TICK = timedelta(seconds=1)
_METRICS = "metrics_daily"


def publish(
    warehouse: Path,
    published: Path,
    models: Models,
    days: Days | None = None,
    *,
    config: Config | None = None,
    now: datetime | None = None,
    grace: timedelta = GRACE,
) -> dict[str, int]:
    """Write the public tables where they differ from the published copy, and put the new state in its place.

    A reader that has the old file open keeps reading the old state; one that opens the file afterwards gets the new
    one. The written files do not depend on how much was published before.

    Args:
        warehouse: the DuckDB file that builds write.
        published: path of the published DuckDB file; the Parquet files are beside it in ``tables/``.
        models: the public models by name, as dbt's manifest describes them. ``meta.order_by`` gives the sort order of
            the rows, for readers that need few of them. ``meta.files`` gives the `Pace` by which a large table is split
            into files, by ``meta.day_column``. If some days change, rows up to ``meta.days_ahead`` days after and
            ``meta.days_before`` days before them may change too. ``meta.looked_up`` makes row groups small, for readers
            that need few rows from anywhere. ``meta.accounts`` names the columns that hold all accounts which a view
            names on a day (`NamesAside`).
        days: the only days on which the warehouse may differ from the published copy; None if they are not known, and
            everything is written anew.
        config: of all connections, such as their memory limit (see `limits`); by default DuckDB's own.
        now: the publication time to record; by default the present.
        grace: how long files that are no longer listed are kept for readers of an earlier state.

    Returns:
        Number of rows by table.

    Raises:
        DamagedError: the warehouse is damaged; the published copy is unchanged.
        SatledgerError: nothing is public, the disk is full, the warehouse is locked, or another process has the
            published file open for writing; the published copy is unchanged.
    """
    if not models:
        raise SatledgerError("No dbt model is public: give those to publish `meta: {public: true}`.")
    published = published.parent.resolve() / published.name
    folder = folder_of(published)
    folder.mkdir(parents=True, exist_ok=True)
    aside = published.with_name(f".{published.name}.aside")
    remove(aside)
    remove_abandoned(folder)
    mend_copy(published)
    before = _before(published)
    if before and not as_published(published):
        tell(f"{published} is no longer as it was published: it is made anew.")
        days = None
    with explained(warehouse), connect(None, config) as connection:
        # Views refer to the database that they were created in, which has the name of the file.
        connection.execute(f"attach {quoted(warehouse)} as {warehouse.stem} (read_only)")
        connection.execute(f"use {warehouse.stem}")
        tables = public_tables(models)
        columns = {table.name: _columns(connection, table) for table in tables}
        built = _built_days(connection, tables)
        moment = _moment(before, now or datetime.now(UTC))
        with joined_as_written(connection):
            pieces = write_tables(connection, folder, tables, columns, built, days, before)
        history = _history(connection, folder, published, pieces, days, before, moment, tables)
        state = _state(folder, pieces, history, built, before, moment)
        try:
            rows = write_state(connection, aside, state, tables, columns)
            aside.chmod(0o444)
            note_digests(published, *([published] if published.is_file() else []), aside)
            with kept_from_writers(published):
                put_in_place(aside, published)
        finally:
            remove(aside)
    note_digests(published, published)
    write_list(published, state)
    remove_retired(folder, state.retired, moment, grace)
    return rows


def remove_expired(published: Path, now: datetime | None = None, grace: timedelta = GRACE) -> int:
    """Remove files that have not been listed for a while, as the next publication would; return their bytes.

    The caller has to hold the build lock.
    """
    state = _before(published)
    moment = (now or datetime.now(UTC)).astimezone(UTC).replace(tzinfo=None)
    return remove_retired(folder_of(published), state.retired, moment, grace) if state else 0


def _before(published: Path) -> State | None:
    """The previous state; None if there is none that this version can continue from."""
    if not published.is_file():
        return None
    try:
        return load_state(published)
    except duckdb.Error as error:
        if not is_damage(str(error)):
            raise
        tell(f"{published} is damaged ({first_line(str(error))}): it is made anew, and all days are reviewed anew.")
        return None


def _moment(before: State | None, now: datetime) -> datetime:
    """The present in whole seconds, but later than the previous state even if the clock was set back."""
    present = now.astimezone(UTC).replace(microsecond=0, tzinfo=None)
    return max(present, before.published_at + _TICK) if before else present


def _columns(connection: duckdb.DuckDBPyConnection, table: PublicTable) -> dict[str, str]:
    return {name: kind for name, kind, *_ in connection.execute(f"describe from {table.name}").fetchall()}


def _built_days(connection: duckdb.DuckDBPyConnection, tables: Sequence[PublicTable]) -> list[date]:
    if "built_days" not in {table.name for table in tables}:
        return []
    return [day for (day,) in connection.execute("select day from built_days order by day").fetchall()]


def _history(
    connection: duckdb.DuckDBPyConnection,
    folder: Path,
    published: Path,
    pieces: Mapping[str, Sequence[Piece]],
    days: Days | None,
    before: State | None,
    moment: datetime,
    tables: Sequence[PublicTable],
) -> Sequence[Piece]:
    """The pieces of the history of values: those of the previous state, and one with the new changes."""
    if before is None:
        return []
    history = before.pieces.get(HISTORY.name, [])
    if _METRICS not in pieces:
        return history
    metrics = next(table for table in tables if table.name == _METRICS)
    try:
        return record_changes(
            connection,
            folder,
            before.pieces.get(_METRICS, []),
            pieces[_METRICS],
            days and metrics.around(days),
            before.days,
            before.reviews,
            history,
            moment,
        )
    except (duckdb.IOException, duckdb.InvalidInputException) as error:
        # New files were just written, so the unreadable file belongs to the previous state.
        tell(f"Files of {published} are damaged ({first_line(str(error))}): which values changed is not recorded.")
        return history


def _state(
    folder: Path,
    pieces: Mapping[str, Sequence[Piece]],
    history: Sequence[Piece],
    built: Sequence[date],
    before: State | None,
    moment: datetime,
) -> State:
    everything = {**pieces, **({HISTORY.name: history} if history else {})}
    named = {piece.file for found in everything.values() for piece in found if piece.file}
    reviews = reviewed(before.reviews if before else [], built, before.days if before else (), moment)
    return State(
        published_at=moment,
        pieces=everything,
        retired=retire(folder, named, before.retired if before else {}, moment),
        reviews=reviews,
        folder=str(folder.parent),
    )
