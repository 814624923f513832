"""What is compiled at the first start."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from dagster_project import first_start
from dagster_project.settings import Settings
from dagster_project.warehouse.manifest import ensure_manifest


def test_another_process_compiles_only_at_the_first_start(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings()
    parsed = ensure_manifest(settings).stat()
    assert first_start.compile_ahead(settings) is None
    # As in a fresh clone. The other process finds that the project is parsed.
    monkeypatch.setattr(first_start, "is_parsed", lambda _: False)
    process = first_start.compile_ahead(settings)
    assert process is not None
    assert process.wait(60) == 0
    assert ensure_manifest(settings).stat() == parsed


def test_the_demo_finds_all_code_compiled(tmp_path: Path) -> None:
    """40 days are read without compiling anything that the first start has not."""
    compiled = tmp_path / "compiled"
    environment = os.environ | {
        "NUMBA_CACHE_DIR": str(compiled),
        "SATLEDGER_CHAIN": "sample",
        "SATLEDGER_SOURCE": "sample",
        "SATLEDGER_HOME": str(tmp_path / "home"),
    }
    subprocess.run([sys.executable, "-m", "dagster_project.first_start"], env=environment, check=True)
    first = {path.name for path in compiled.rglob("*.nb?")}
    assert first
    command = """
from datetime import timedelta
from dagster_project.chain.sources.sample import SampleSource
from dagster_project.settings import Settings
source = SampleSource(Settings())
days = [source.first_day() + timedelta(days=number) for number in range(40)]
assert [manifest.day for manifest in source.extract(days)] == days
"""
    subprocess.run([sys.executable, "-c", command], env=environment, check=True)
    assert {path.name for path in compiled.rglob("*.nb?")} == first
