"""The published copy: opened read-only, and opened anew when another one has been put in its place."""

import logging
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from dagster_project.database import connect, damage_sentence, explanation, first_line, is_damage
from dagster_project.errors import SatledgerError
from dagster_project.lake.staging import quoted
from dagster_project.publish.pieces import folder_of
from dagster_project.publish.place import refuse_changed
from dagster_project.publish.state import set_folder
from serving.catalog import Catalog, load_catalog
from serving.derived import VIEW, with_derived
from serving.errors import UnreadableError
from serving.reviews import load_reviews
from serving.unproven import load_unproven

_LOG = logging.getLogger("serving")

Identity = tuple[int, int, int, int]

MEMORY = "1GB"
# No SQL of callers reaches the server's own connection. Should a bug let some through, it can access no
# file, no network, no extension and no setting to change. Callers' queries (`serving/sql`) run behind the same locks.
LOCKS = (
    # Files never change, so that what their ends say holds as long as the server knows them; their pages are for the
    # operating system to keep.
    "set parquet_metadata_cache = true",
    "set enable_external_file_cache = false",
    "set autoinstall_known_extensions = false",
    "set autoload_known_extensions = false",
    "set enable_external_access = false",
    "set lock_configuration = true",
)

# An open database of DuckDB 1.5 keeps up to 5 kB of each query it has run (47 MB after 20,000 reads of 10,000 rows),
# and gives them back when it is closed.
CURSORS_UNTIL_WORN = 10_000


class Snapshot:
    """One version of the published copy; whoever holds it goes on reading that version after a newer one came.

    Attributes:
        identity: what tells this file from another at the same path.
        published_at: when the copy was published.
        catalog: the metrics, and from when to when each has values.
        with_derived: the same, with the prices and market values under the names of Santiment.
        revised: the metrics some of whose values have changed since they were reviewed.
        unproven: days that lack a part of the proof that others have; None where there are none.
        cursors: how many were handed out.
    """

    def __init__(self, path: Path, threads: int) -> None:
        self.identity = identify(path)
        self._path = path
        # Attached to an instance of its own: connections by path share one instance per path within a process, and
        # would go on reading the file that was there before.
        self.cursors = 0
        self._invalid = False
        self._database = connect(None, {"threads": threads})
        self._database.execute(f"attach {quoted(path)} as published (read_only)")
        refuse_changed(path)
        (found,) = self._database.execute("select published_at from published.publication").fetchall()
        self.published_at: datetime = found[0].replace(tzinfo=UTC)
        set_folder(self._database, path)
        self.revised = load_reviews(self._database)
        self._database.execute(VIEW)
        self._allow_files()
        for statement in (f"set memory_limit = '{MEMORY}'", *LOCKS):
            self._database.execute(statement)
        with self.cursor() as cursor:
            self.catalog: Catalog = load_catalog(cursor)
            self.with_derived: Catalog = with_derived(self.catalog, cursor)
            self.unproven = load_unproven(cursor)

    @property
    def path(self) -> Path:
        """Where the file lies; another one may lie there by now."""
        return self._path

    @property
    def is_used_up(self) -> bool:
        """Whether this version should be opened anew: it has run many queries, or DuckDB failed within itself."""
        return self._invalid or self.cursors >= CURSORS_UNTIL_WORN

    def _allow_files(self) -> None:
        """Let queries read the files that this version names, once everything else is locked."""
        folder = folder_of(self._path.resolve())
        files = self._database.execute("select file from published.published_files where file is not null").fetchall()
        if files:
            self._database.execute(f"set allowed_paths = [{', '.join(quoted(folder / file) for (file,) in files)}]")

    @contextmanager
    def cursor(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection of the caller's own to this version; tables are named ``published.<table>``.

        Raises:
            UnreadableError: the file proves damaged inside the block.
        """
        # Not thread-safe: the count may be slightly wrong, which does not matter.
        self.cursors += 1
        with closing(self._database.cursor()) as cursor:
            # Variables are per cursor.
            set_folder(cursor, self._path)
            try:
                yield cursor
            except duckdb.Error as error:
                # After an error inside DuckDB, its database answers nothing any more until it is opened anew.
                self._invalid |= isinstance(error, duckdb.InternalException | duckdb.FatalException)
                if not is_damage(str(error)):
                    raise
                # The path goes to the log, not to callers.
                _LOG.error("%s", damage_sentence(str(error), self._path))
                raise UnreadableError from error


class Published:
    """Always the newest published copy."""

    def __init__(self, path: Path, threads: int = 2) -> None:
        """Open the copy.

        Raises:
            SatledgerError: there is none yet, or it cannot be read.
        """
        self._path = path
        self._threads = threads
        self._opening = threading.Lock()
        # What was found at the path and could not be opened.
        self._refused: Identity | None = None
        if not path.exists():
            raise SatledgerError(
                f"There is no published copy at {path} yet: run `satledger build` or `satledger demo` first."
            )
        try:
            self._snapshot = Snapshot(path, threads)
        except (duckdb.BinderException, duckdb.CatalogException) as error:
            raise SatledgerError(
                f"The published copy {path} was made by another version of satledger ({_first_sentence(error)}): run "
                "`satledger build` with this version, which makes it anew."
            ) from error
        except duckdb.Error as error:
            raise SatledgerError(
                explanation(str(error), path)
                or f"The published copy {path} cannot be read ({first_line(str(error))}): move it away and run "
                "`satledger build`, which makes it anew."
            ) from error
        except UnreadableError as error:
            raise SatledgerError(damage_sentence(str(error.__cause__), path)) from error

    def snapshot(self) -> Snapshot:
        """The newest version, opened by the first caller who finds it while the others still get the one before.

        A version that is used up is opened anew in the same way.

        A file that is missing or unreadable for the moment does not take the version in use away.
        """
        try:
            found = identify(self._path)
        except OSError:
            return self._snapshot
        outdated = self._snapshot.is_used_up or found != self._snapshot.identity
        if outdated and self._opening.acquire(blocking=False):
            try:
                self._snapshot = Snapshot(self._path, self._threads)
                self._refused = None
            except (duckdb.Error, OSError, SatledgerError, UnreadableError):
                self._refused = found
                return self._snapshot
            finally:
                self._opening.release()
        return self._snapshot

    def newest_or_problem(self) -> tuple[Snapshot, str | None]:
        """The version in use and, where it is not the one that lies in its place, a sentence that says why not."""
        snapshot = self.snapshot()
        since = f"the server goes on with the copy of {snapshot.published_at:%Y-%m-%d %H:%M:%S} UTC"
        try:
            found = identify(self._path)
        except OSError:
            return snapshot, f"The published copy is gone, and {since}: run `satledger build` to publish it again."
        if found == self._refused:
            return snapshot, f"The published copy cannot be read, and {since}: run `satledger build` to replace it."
        return snapshot, None


def _first_sentence(error: duckdb.Error) -> str:
    """The first sentence of an error of DuckDB, without its suggestions."""
    return str(error).splitlines()[0]


def identify(path: Path) -> Identity:
    """What changes when another file is put in a path's place: device, inode, size and time of the last change."""
    found = path.stat()
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns
