"""Where connections to DuckDB leave what does not fit into memory: never in the folder that a command is started in."""

import ast
import json
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from bench.measure import folders_of_spills, watching
from dagster_project import database
from dagster_project.blocks.parameters import load_parameters
from dagster_project.chain.sources import open_source
from dagster_project.database import connect
from dagster_project.settings import Chain, Settings, Source

PROJECT = Path(__file__).parents[2]
LARGE = "create table large as select hash(range) as first, repeat('x', 100) || range as last from range({}) order by 1"


def openings() -> Iterator[str]:
    """The places of the product that open DuckDB by themselves: as ``duckdb.connect``, or by that name alone."""
    for path in sorted(each for folder in ("dagster_project", "serving") for each in (PROJECT / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Attribute(value=ast.Name(id="duckdb"), attr="connect"):
                    yield f"{path.relative_to(PROJECT)}:{node.lineno}"
                case ast.ImportFrom(module="duckdb", names=names) if any(each.name == "connect" for each in names):
                    yield f"{path.relative_to(PROJECT)}:{node.lineno}"


def test_all_connections_are_opened_in_one_place() -> None:
    # A caller's query runs in a process that imports nothing of the project, and may write no file at all.
    others = {"serving/sql/worker.py"}
    found = {place.split(":")[0] for place in openings()}
    assert found == {str(Path(database.__file__).relative_to(PROJECT))} | others
    assert '"temp_directory": ""' in (PROJECT / "serving" / "sql" / "worker.py").read_text(encoding="utf-8")


def test_a_connection_spills_nowhere_or_where_it_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    little: database.Config = {"memory_limit": "60MB", "threads": 1}
    for path in (None, tmp_path / "some.duckdb"):
        with connect(path, little) as connection, pytest.raises(duckdb.OutOfMemoryException):
            connection.execute(LARGE.format(2_000_000))
    assert {each.name for each in tmp_path.iterdir()} <= {"some.duckdb", "some.duckdb.wal"}
    with connect(None, {**little, "temp_directory": str(tmp_path / "told")}) as connection:
        connection.execute(LARGE.format(2_000_000))
        assert [each.name for each in (tmp_path / "told").iterdir()]


def test_exports_that_do_not_fit_into_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They are looked through within the limit, with the rest in the folder for temporary files, and only meanwhile."""
    blocks = 60_000
    folder, temp, started = tmp_path / "export", tmp_path / "temp", tmp_path / "started"
    for each in (folder, temp, started):
        each.mkdir()
    genesis = load_parameters(Chain.REGTEST).genesis_hash
    with (folder / "blocks.json").open("w", encoding="utf-8") as file:
        for height in range(blocks):
            row = {
                "number": height,
                "hash": f"{height:064x}" if height else genesis,
                "timestamp": 1_600_000_000 + 600 * height,
            }
            more = {"transaction_count": 1, "bits": "207fffff", "coinbase_param": f"{height:0200x}"}
            header = {"nonce": "00000000", "version": 1, "merkle_root": "00" * 32, "size": 285, "stripped_size": 285}
            file.write(json.dumps(row | more | header) + "\n")
    (folder / "transactions.json").write_text('{"block_number": 0}\n', encoding="utf-8")
    settings = Settings(
        home=tmp_path / "home",
        chain=Chain.REGTEST,
        source=Source.FILES,
        files=folder,
        temp_dir=temp,
        memory_limit="60MB",
        threads=1,
    )
    monkeypatch.chdir(started)
    seen: set[Path] = set()
    with watching(lambda: seen.update(folders_of_spills(temp)), interval=0.005):
        source = open_source(settings)
    assert source.tip().height == blocks - 1
    assert seen and all(each.is_relative_to(temp) for each in seen)
    assert not list(started.iterdir()) and not list(temp.iterdir())
