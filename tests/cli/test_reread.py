"""A lie that entered the lake while nothing was proven, and what an honest source mends of it."""

import json
from pathlib import Path

from tests.cli.command import satledger, tables
from tests.reference.chains import ChainOptions, build_chain
from tests.reference.consensus_time import block_days


def test_a_day_that_lies_is_mended_with_all_that_follows(tmp_path: Path) -> None:
    chain = build_chain(ChainOptions(seed=31, blocks=20, days=4, payments=3, labels=0, priced=0, duplicates=False))
    honest, lying = tmp_path / "honest", tmp_path / "lying"
    chain.write_export(honest)
    # One output of the first busy block pays to someone else: all sums stay as they were.
    row = next(row for row in chain.transactions if not row["is_coinbase"] and row["outputs"][0]["value"] > 0)
    output = row["outputs"][0]
    before, output["script_hex"] = output["script_hex"], "76a914" + "ab" * 20 + "88ac"
    chain.write_export(lying)
    output["script_hex"] = before
    day = str(block_days([block["timestamp"] for block in chain.blocks])[row["block_number"]])

    options = ("--chain", "regtest", "--source", "files", "--min-confirmations", "1")
    home = tmp_path / "home"
    lied = satledger(home, "build", *options, "--files", str(lying), SATLEDGER_PROOF="off")
    assert lied.returncode == 0, lied.stderr
    wrong = tables(home / "warehouse.duckdb")
    done = satledger(
        home, "lake", "reread", "--from", day, "--to", day, *options[:4], "--files", str(honest),
        SATLEDGER_MIN_CONFIRMATIONS="1",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert f"Other than before: {day}." in done.stdout
    assert json.loads((home / "lake" / "raw" / "regtest" / day / "manifest.json").read_text())["source"]["proof"][
        "checked"
    ]

    other = tmp_path / "other"
    fresh = satledger(other, "build", *options, "--files", str(honest))
    assert fresh.returncode == 0, fresh.stderr
    mended, right = tables(home / "warehouse.duckdb"), tables(other / "warehouse.duckdb")
    assert wrong["outputs"] != right["outputs"]
    for table in ("outputs", "inputs", "transactions", "blocks", "ledger_days", "account_states", "built_days"):
        assert mended[table] == right[table], table

    # The other days are as they were, but now they are proven, and the published copy says so.
    days = sorted(path.name for path in (home / "lake" / "raw" / "regtest").iterdir())
    done = satledger(
        home, "lake", "reread", "--from", days[0], "--to", days[-1], *options[:4], "--files", str(honest),
        SATLEDGER_MIN_CONFIRMATIONS="1",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "No day that was whole differs" in done.stdout
    told, wanted = (tables(place / "published" / "satledger.duckdb")["unproven_days"] for place in (home, other))
    assert told == wanted
