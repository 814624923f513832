"""What CONTRIBUTING.md says of adding a metric, done word for word on a copy of the project."""

import json
import os
import re
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from dagster_project.settings import PROJECT_ROOT
from tests.ports import free_port

PARTS = ("CONTRIBUTING.md", "dagster_project", "dbt", "docs", "pyproject.toml", "seeds", "serving", "tests")
LEFT_OUT = shutil.ignore_patterns("__pycache__", "target", "logs", "dbt_packages", ".user.yml")
# These come from nothing but the three places.
GENERATED = ("seeds/metric_catalog.csv", "docs/metrics.md")


def section(title: str) -> str:
    """The text under a heading of CONTRIBUTING.md."""
    text = (PROJECT_ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    return re.split(r"^## ", text.split(f"## {title}\n")[1], flags=re.MULTILINE)[0]


def blocks(text: str, language: str) -> list[str]:
    """The texts of the code blocks in a language, in their order."""
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


class Copy:
    """A copy of the project, and a home for what is built with it."""

    def __init__(self, folder: Path) -> None:
        self.project = folder / "project"
        self.project.mkdir()
        for part in PARTS:
            source = PROJECT_ROOT / part
            if source.is_dir():
                shutil.copytree(source, self.project / part, ignore=LEFT_OUT)
            else:
                shutil.copy(source, self.project / part)
        # The environment that runs this test has all the copy needs; what is imported is the copy's.
        # But not what tells a worker of this run of tests that it is one: the copy's tests are a run of their own.
        around = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
        self.environment = around | {
            "PYTHONPATH": str(self.project),
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "SATLEDGER_HOME": str(folder / "home"),
        }

    def run(self, command: str) -> None:
        """Run a line of a shell; a failure fails the test."""
        done = subprocess.run(
            self.arguments(command), cwd=self.project, env=self.environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"

    def edit(self, diff: str) -> None:
        """Apply the edits of a diff."""
        done = subprocess.run(
            ["patch", "--strip=1", "--no-backup-if-mismatch"],
            cwd=self.project,
            input=diff,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{diff}\n{done.stdout}\n{done.stderr}"

    @staticmethod
    def arguments(command: str) -> list[str]:
        """The words of a command; its environment is made already, so that nothing is left to do for `uv run`."""
        words = command.split()
        assert words[:2] == ["uv", "run"], command
        return words[2:]


@pytest.fixture
def copy(tmp_path: Path) -> Copy:
    return Copy(tmp_path)


def served(copy: Copy, command: str, url: str) -> bytes:
    """The answer to a URL while a command serves, at a free port instead of the one that the document names."""
    port = free_port()
    words = [*copy.arguments(command), "--port", str(port)]
    with subprocess.Popen(words, cwd=copy.project, env=copy.environment, stdout=subprocess.DEVNULL) as server:
        try:
            return answer(url.replace(":8000", f":{port}"))
        finally:
            server.terminate()


def answer(url: str) -> bytes:
    """What is at a URL, as soon as somebody answers there."""
    for _ in range(600):
        try:
            with urllib.request.urlopen(url) as response:
                return response.read()
        except urllib.error.HTTPError:
            raise
        except urllib.error.URLError:
            time.sleep(0.1)
    raise AssertionError(f"nobody answers at {url}")


@pytest.mark.long
def test_a_metric_is_added_as_the_document_says(copy: Copy) -> None:
    text = section("Add a metric")
    edits = blocks(text, "diff")
    commands = [line for block in blocks(text, "sh") for line in block.splitlines()]
    url = re.findall(r"^<(http://127.0.0.1:8000/\S+)>$", text, re.MULTILINE)[0]
    before = {name: (copy.project / name).read_text(encoding="utf-8") for name in GENERATED}
    for edit in edits:
        copy.edit(edit)
    touched = {re.findall(r"^\+\+\+ b/(.*)$", edit, re.MULTILINE)[0] for edit in edits}
    # SQL and catalogue row (YAML only for a new model), and the test.
    assert len(touched) == 3
    assert [name for name in touched if name.startswith("tests/")] == ["tests/reference/activity.py"]
    *others, serve = commands
    for command in others:
        copy.run(command)
    assert {name: (copy.project / name).read_text(encoding="utf-8") for name in GENERATED} != before
    rows = json.loads(served(copy, serve, url))["data"]
    assert len(rows) == 3
    for row in rows:
        assert 0 < float(row["IssTxMeanNtv"]) < float(row["IssTxMeanUSD"])
