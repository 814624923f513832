"""Progress on the terminal."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from dagster_project import progress

# Text of each step, by the name that the assets report.
STEPS = {
    "load": "loading dbt's models",
    "source": "looking at the source",
    "extract": "extracting days",
    "blocks": "reading blocks",
    "models": "building models",
    "checks": "checking invariants",
    "publish": "publishing",
    "upgrade": "converting days",
    "verify": "proving days",
}


class Display:
    """A progress bar for every step; where the output is no terminal, one line when the step begins."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._tasks: dict[str, TaskID] = {}
        self._bars = Progress(
            TextColumn("{task.description:<20}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.fields[detail]}", markup=False),
            console=console,
            disable=not console.is_terminal,
        )

    def __call__(self, step: str, done: int, total: int, detail: str) -> None:
        """Update a step's bar."""
        name = STEPS.get(step, step)
        if step not in self._tasks:
            self._tasks[step] = self._bars.add_task(name, total=total, detail=detail)
            if not self._console.is_terminal:
                self._console.print(f"{name} ...", highlight=False)
        self._bars.update(self._tasks[step], completed=done, total=total, detail=detail if done < total else "")

    def tell(self, sentence: str) -> None:
        """Print a sentence above the bars."""
        self._console.print(sentence, style="yellow", markup=False, highlight=False, soft_wrap=True)

    def restart(self) -> None:
        """Start new bars below the finished ones."""
        self._tasks.clear()

    @contextmanager
    def shown(self) -> Iterator["Display"]:
        """Show the bars, and update them with all progress inside the block."""
        with self._bars, progress.listening(self):
            yield self
