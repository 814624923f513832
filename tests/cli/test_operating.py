"""docs/operating.md: its backup restored into an empty home, and an installation that nobody may write."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import duckdb
import pytest
import yaml

from dagster_project.settings import PROJECT_ROOT
from tests.cli.command import LAST_DAY, SATLEDGER, environment, satledger, tables

TEXT = (PROJECT_ROOT / "docs" / "operating.md").read_text(encoding="utf-8")
DEPLOY = PROJECT_ROOT / "deploy"


def commands(title: str) -> str:
    """The commands of a section of the document."""
    section = TEXT.partition(f"### {title}\n")[2].partition("\n### ")[0]
    found = re.search(r"```sh\n(.*?)```", section, re.DOTALL)
    assert found is not None
    return found[1]


def run(title: str, **settings: str) -> None:
    path = f"{SATLEDGER.parent}{os.pathsep}{os.environ['PATH']}"
    script = commands(title).replace("satledger build", f"satledger build --to {LAST_DAY}")
    command = ["bash", "-euo", "pipefail", "-c", script]
    done = subprocess.run(
        command, env=environment(PATH=path, **settings), capture_output=True, text=True, check=False, timeout=600
    )
    assert done.returncode == 0, done.stdout + done.stderr


def reviews(home: Path) -> list[tuple[object, ...]]:
    with duckdb.connect(home / "published" / "satledger.duckdb", read_only=True) as connection:
        return connection.execute("from day_reviews order by all").fetchall()


def test_a_backup_restored_is_what_it_was(home: Path, tmp_path: Path) -> None:
    backup = str(tmp_path / "backup.tar")
    (home / "api_keys.json").write_text("[]", encoding="utf-8")
    run("Backup", SATLEDGER_HOME=str(home), BACKUP=backup)
    published, reviewed = tables(home / "published" / "satledger.duckdb"), reviews(home)
    # Another machine does not have the old place.
    shutil.move(home, tmp_path / "gone")
    restored = tmp_path / "restored" / "home"
    run("Restore", SATLEDGER_HOME=str(restored), BACKUP=backup)
    shutil.move(tmp_path / "gone", home)
    assert tables(restored / "published" / "satledger.duckdb") == published
    assert reviews(restored) == reviewed
    with duckdb.connect(restored / "published" / "satledger.duckdb", read_only=True) as connection:
        assert connection.execute("select count(*) from value_history").fetchall() == [(0,)]
    assert (restored / "api_keys.json").read_text(encoding="utf-8") == "[]"
    assert satledger(restored, "check").returncode == 0


def test_deployed_files_name_what_there_is() -> None:
    compose = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
    assert set(compose["services"]) == {"node", "builder", "server"}
    example = (DEPLOY / "environment.example").read_text(encoding="utf-8")
    asked = set(re.findall(r"\$\{(\w+)", (DEPLOY / "compose.yaml").read_text(encoding="utf-8")))
    assert asked == set(re.findall(r"^(\w+)=", example, re.MULTILINE))
    dockerfile = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
    for copied in re.findall(r"^COPY (?!--from)(.+) \S+$", dockerfile, re.MULTILINE):
        assert all((PROJECT_ROOT / name).exists() for name in copied.split()), copied
    assert re.search(r"^USER \d+", dockerfile, re.MULTILINE)
    named = set(re.findall(r"`deploy/([\w./]+)`", TEXT))
    assert all((DEPLOY / name).exists() for name in named), named
    settings = set(re.findall(r"SATLEDGER_\w+", dockerfile + str(compose) + TEXT))
    known = (PROJECT_ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    assert all(name in known for name in settings), settings


def test_systemd_takes_the_units(tmp_path: Path) -> None:
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("needs systemd-analyze")
    units = [shutil.copy(unit, tmp_path) for unit in sorted((DEPLOY / "systemd").iterdir())]
    for unit in units:
        path = Path(unit)
        text = path.read_text(encoding="utf-8").replace("/opt/satledger/bin/satledger", "/bin/true")
        path.write_text(text, encoding="utf-8")
    done = subprocess.run([program, "verify", *units], capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
