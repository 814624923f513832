"""What ``satledger compact`` does and shows."""

from collections.abc import Collection, Iterator, Mapping

from rich.console import Console
from rich.table import Table

from dagster_project.cli.sizes import bytes_of, readable
from dagster_project.home import building
from dagster_project.publish.copy import remove_expired
from dagster_project.settings import Settings
from dagster_project.warehouse.compaction import Compaction, compact

# The number of largest tables that are shown one by one.
_SHOWN = 12


def compact_and_show(settings: Settings) -> None:
    """Compact the warehouse, remove published files that no reader needs any more, and print the sizes.

    Sizes are those of each layer, before and after, and per entry of the ledger.

    Raises:
        SatledgerError: see `compact`.
    """
    published = bytes_of(settings.published.parent)
    with Console(stderr=True).status("copying what the warehouse holds"):
        done = compact(settings)
        with building(settings):
            remove_expired(settings.published)
    table = Table("on disk", caption=f"{done.entries:,} ledger entries")
    for heading in ("before", "after", "bytes per ledger entry"):
        table.add_column(heading, justify="right")
    for name, before, after in _layers(settings, done, published):
        table.add_row(name, readable(before), readable(after), f"{after / done.entries:.1f}" if done.entries else "")
    Console().print(table, highlight=False)


def _layers(settings: Settings, done: Compaction, published: int) -> Iterator[tuple[str, int, int]]:
    """The layers: name, bytes before and bytes after."""
    raw = bytes_of(settings.raw, "*.parquet")
    yield "raw days, Parquet", raw, raw
    yield "warehouse", done.before.file, done.after.file
    before, after = done.before.tables, done.after.tables
    large = list(after)[:_SHOWN]
    for name in large:
        yield f"  {name}", before.get(name, 0), after[name]
    small = set(before) - set(large)
    yield f"  {len(small)} other tables", _sum(before, small), _sum(after, small)
    yield "  free, and the catalogue", done.before.rest, done.after.rest
    yield "published copy", published, bytes_of(settings.published.parent)
    yield "leftovers of killed runs", done.leftovers, 0


def _sum(sizes: Mapping[str, int], names: Collection[str]) -> int:
    return sum(sizes.get(name, 0) for name in names)
