"""A backfill from Dagster's page, with the clicks of a user, on a home where nothing is built."""

import importlib.util
import shutil
from datetime import date
from pathlib import Path
from types import ModuleType

import pytest
from playwright.sync_api import sync_playwright

from dagster_project.settings import PROJECT_ROOT, Chain, Settings, Source
from dagster_project.warehouse.publication import Unpublished, unpublished
from dagster_project.warehouse.state import built_days
from tests.cli.command import satledger
from tests.ports import free_port

NEWEST_RUN = "{ runsOrError(limit: 1) { ... on Runs { results { status assetSelection { path } } } } }"


def screenshots() -> ModuleType:
    """The script that takes the pictures of the README: it clicks a backfill too."""
    spec = importlib.util.spec_from_file_location("pictures", PROJECT_ROOT / "docs" / "images" / "make_screenshots.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_group_is_built_again_by_clicks(tmp_path: Path, few_headers: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("needs a browser: put chromium on the PATH")
    monkeypatch.setenv("SATLEDGER_CHAIN", "sample")
    monkeypatch.setenv("SATLEDGER_HEADERS", str(few_headers))
    done = satledger(tmp_path, "build", "--chain", "sample", "--to", "2022-01-03", SATLEDGER_HEADERS=str(few_headers))
    assert done.returncode == 0, done.stderr
    pictures = screenshots()
    with pictures.running_ui(tmp_path, free_port()) as ui, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page()
        assert {"exchanges", "raw_days", "prices", "published_copy"} <= set(ui.assets())
        ui.backfill(page, "[2022-01-02...2022-01-03]", "exchanges")
        (run,) = ui.ask(NEWEST_RUN)["runsOrError"]["results"]
        nodes = ui.ask("{ assetNodes { groupName assetKey { path } } }")["assetNodes"]
        assert run["status"] == "SUCCESS"
        assert sorted(key["path"] for key in run["assetSelection"]) == sorted(
            node["assetKey"]["path"] for node in nodes if node["groupName"] == "exchanges"
        )
        browser.close()
    settings = Settings(home=tmp_path, chain=Chain.SAMPLE, source=Source.SAMPLE)
    assert list(built_days(settings.published)) == [date(2022, 1, number) for number in (1, 2, 3)]
    # The group does not hold the published copy.
    assert unpublished(settings) is Unpublished.BUILT
