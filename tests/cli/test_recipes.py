"""The recipes of docs/recipes.md and the examples, run on a built home and its server."""

import csv
import json
import os
import re
import subprocess
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from tests.cli.command import LAST_DAY
from tests.serving.servers import Server

PROJECT_ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = PROJECT_ROOT / "examples"
TEXT = (PROJECT_ROOT / "docs" / "recipes.md").read_text(encoding="utf-8")
DASHBOARD = EXAMPLES / "grafana" / "dashboards" / "satledger.json"
FIRST_DAY = "2022-01-01"


@pytest.fixture(scope="module")
def server(built: Path) -> Iterator[Server]:
    with Server(built) as running:
        yield running


def blocks(language: str, built: Path, server: Server) -> list[str]:
    """The blocks of a language, with the home and the server of this test in place of those of the document."""
    found = re.findall(rf"```{language}\n(.*?)```", TEXT, re.DOTALL)
    return [
        block.replace("data/published", str(built / "published"))
        .replace('"data"', repr(str(built)))
        .replace("http://127.0.0.1:8000", server.url)
        for block in found
    ]


def test_python(built: Path, server: Server, capsys: pytest.CaptureFixture[str]) -> None:
    names: dict[str, Any] = {}
    for block in blocks("python", built, server):
        exec(block, names)
    assert names["flows"].index[-1].date().isoformat() == LAST_DAY
    assert names["flows"].net.abs().sum() > 0
    assert len(names["supply"]) == len(names["flows"])
    assert names["richest"].height == 10
    assert capsys.readouterr().out


def test_shell(home: Path, server: Server, tmp_path: Path) -> None:
    # The files lie where they were published, which is what other programs than satledger need.
    scripts = blocks("sh", home, server)
    assert len(scripts) == 2
    environment = {**os.environ, "PATH": f"{sysconfig.get_path('scripts')}{os.pathsep}{os.environ['PATH']}"}
    outputs = [
        subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=True,
            timeout=120,
        ).stdout
        for script in scripts
    ]
    assert "btc" in outputs[0]
    rows = list(csv.DictReader((tmp_path / "flows.csv").open(encoding="utf-8")))
    assert rows[-1]["time"] == LAST_DAY
    assert outputs[1].startswith("asset,time,BlkCnt\n")
    assert json.loads(outputs[1].splitlines()[-1])["data"]


def test_the_address_for_spreadsheets(built: Path, server: Server) -> None:
    (address,) = blocks("text", built, server)
    answer = server.get(address.strip().removeprefix(server.url))
    rows = list(csv.DictReader(answer.text.splitlines()))
    assert rows[-1]["time"].startswith(LAST_DAY)
    assert float(rows[-1]["FlowNetExNtv"]) + float(rows[-1]["PriceUSD"])


def test_the_notebook(built: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SATLEDGER_HOME", str(built))
    for path in sorted(EXAMPLES.glob("*.ipynb")):
        notebook = nbformat.read(path, as_version=4)
        done = NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(PROJECT_ROOT)}}).execute()
        assert all(cell["outputs"] for cell in done.cells if cell.cell_type == "code")


def test_each_query_of_the_dashboard_has_values(server: Server) -> None:
    panels = json.loads(DASHBOARD.read_text(encoding="utf-8"))["panels"]
    assert len(panels) >= 6
    for panel in panels:
        for target in panel["targets"]:
            address = target["url"]
            for macro, day in (("${__from:date:YYYY-MM-DD}", FIRST_DAY), ("${__to:date:YYYY-MM-DD}", LAST_DAY)):
                assert macro in address
                address = address.replace(macro, day)
            answer = server.get(address)
            assert answer.status_code == 200, answer.text
            rows = answer.json()[target["root_selector"]]
            assert rows
            for column in target["columns"]:
                values = [row[column["selector"]] for row in rows]
                if column["type"] == "number":
                    assert any(value is not None and float(value) >= 0 for value in values), column
