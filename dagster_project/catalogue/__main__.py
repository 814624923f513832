"""Writes the seed and the page of the metric catalogue."""

from dagster_project.catalogue import catalogue
from dagster_project.catalogue.pages import outputs


def main() -> None:
    """Write every generated file in place."""
    for path, text in outputs(catalogue()).items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
