"""The dbt project is parsed once, and while Dagster is being loaded."""

import pytest

from dagster_project.settings import Settings
from dagster_project.warehouse import manifest
from dagster_project.warehouse.manifest import ensure_manifest, parse_ahead


def test_another_process_parses_only_what_is_not_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings()
    parsed = ensure_manifest(settings).stat()
    assert parse_ahead(settings) is None
    # As in a fresh clone; the other process finds that the project is parsed.
    monkeypatch.setattr(manifest, "_is_parsed", lambda _: False)
    process = parse_ahead(settings)
    assert process is not None
    assert process.wait(60) == 0
    monkeypatch.undo()
    assert ensure_manifest(settings).stat() == parsed
