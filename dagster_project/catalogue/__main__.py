"""Writes the seed and the page of the metric catalogue."""

import sys

from dagster_project.catalogue import catalogue
from dagster_project.catalogue.pages import outputs
from dagster_project.errors import SatledgerError


def main() -> None:
    """Write every generated file in place; a mistake in the catalogue ends with a clear error."""
    try:
        metrics = catalogue()
    except SatledgerError as error:
        sys.exit(str(error))
    for path, text in outputs(metrics).items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
