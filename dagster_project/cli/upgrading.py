"""What ``satledger lake upgrade`` does: it converts a lake of the first edition to today's format."""

from collections.abc import Callable

from rich.console import Console

from dagster_project import progress
from dagster_project.cli.display import Display
from dagster_project.cli.quiet import quiet
from dagster_project.home import building, disk_told
from dagster_project.lake.upgrade import upgrade_lake
from dagster_project.settings import Settings, Source


def upgrade(settings: Settings) -> None:
    """Convert all days of the first edition, and print what to do next.

    Raises:
        SatledgerError: a day is damaged, or does not fit its proof; the days before it are converted.
    """
    with (
        disk_told(settings),
        building(settings),
        quiet(settings.home / "logs" / "upgrade.log") as console,
        Display(console).shown(),
    ):
        days = [manifest.day for manifest in upgrade_lake(settings, _report, _asker(settings))]
    told = Console()
    if not days:
        told.print("The lake holds no day of the first edition: nothing to convert.", highlight=False, soft_wrap=True)
        return
    told.print(f"Converted and proven: {len(days)} days, {days[0]} to {days[-1]}.", highlight=False, soft_wrap=True)
    if settings.warehouse.is_file():
        told.print(
            f"The warehouse {settings.warehouse} was built from the first edition: run `satledger build "
            "--full-refresh`, which builds it anew from the raw days.",
            highlight=False,
            markup=False,
            soft_wrap=True,
        )


def _report(message: str, done: int, total: int) -> None:
    progress.report("upgrade", done, total, message)


def _asker(settings: Settings) -> Callable[[str], int] | None:
    """A function that asks the node for a coinbase's sequence, which exports leave out; None for other sources."""
    if settings.resolved_source is not Source.NODE:
        return None

    def ask(block: str) -> int:
        from dagster_project.chain.sources.node import NodeSource

        return NodeSource(settings).coinbase_sequence(block)

    return ask
