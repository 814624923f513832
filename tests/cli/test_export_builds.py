"""Builds from export files that are not as they have to be."""

import json
from pathlib import Path

import pytest

from tests.cli.command import satledger
from tests.reference.chains import ChainOptions, build_chain


@pytest.mark.parametrize(
    ("table", "name"), [("blocks", "transaction_count"), ("blocks", "timestamp"), ("transactions", "index")]
)
def test_a_missing_column_is_one_sentence(tmp_path: Path, table: str, name: str) -> None:
    chain = build_chain(ChainOptions(seed=3, blocks=6, days=2))
    export = tmp_path / "export"
    export.mkdir()
    for file, rows in (("blocks", chain.blocks), ("transactions", chain.transactions)):
        kept = [{key: row[key] for key in row if (file, key) != (table, name)} for row in rows]
        (export / f"{file}.json").write_text("".join(json.dumps(row) + "\n" for row in kept))
    arguments = ("build", "--chain", "regtest", "--source", "files", "--files", str(export))
    done = satledger(tmp_path / "home", *arguments, SATLEDGER_MIN_CONFIRMATIONS="1")
    assert done.returncode == 1, done.stderr
    assert f"{table}.json, line 1: {name} is missing or null: export that range again" in done.stderr.replace("\n", " ")
    assert "Traceback" not in done.stdout + done.stderr
