"""Export files as people have them: other forms, older versions, other files beside them."""

import codecs
import gzip
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from dagster_project.chain.sources import open_source
from dagster_project.lake.manifest import held_manifests
from tests.chain.export_forms import (
    Rows,
    as_stream,
    built,
    changed_rows,
    in_form,
    lines,
    numbers_as_text,
    shifted,
    small_rows,
    text_time,
    with_both,
    with_enriched,
    write_text,
)
from tests.chain.lake import (
    complete_days,
    files_settings,
    query,
    write_export,
)


@pytest.fixture(scope="module")
def rows() -> Rows:
    """Blocks and transactions of a small chain, as bitcoin-etl exports them."""
    return small_rows()


@pytest.fixture(scope="module")
def usual(rows: Rows, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """What the lake holds of that chain."""
    folder = tmp_path_factory.mktemp("usual")
    return built(folder, write_export(folder / "export", *rows))


READ = {
    "indented array": in_form(lambda rows: json.dumps(rows, indent=2)),
    "array in one line": in_form(json.dumps),
    "compressed array": in_form(lambda rows: gzip.compress(json.dumps(rows, indent=1).encode()), "blocks.json.gz"),
    "indented objects": in_form(lambda rows: "\n".join(json.dumps(row, indent=4) for row in rows)),
    "byte order mark": in_form(lambda rows: codecs.BOM_UTF8 + lines(rows).encode()),
    "byte order mark and array": in_form(lambda rows: codecs.BOM_UTF8 + json.dumps(rows, indent=2).encode()),
    "line ends of Windows": in_form(lambda rows: lines(rows).replace("\n", "\r\n")),
    "other names": in_form(lines, "bq_blocks_000000000000.ndjson"),
    "stream": as_stream,
    "enriched": with_enriched,
    "enriched beside plain": with_both,
    "times of BigQuery": text_time("%Y-%m-%d %H:%M:%S UTC"),
    "times with fractions": text_time("%Y-%m-%d %H:%M:%S.000000 UTC"),
    "ISO times": text_time("%Y-%m-%dT%H:%M:%SZ"),
    "ISO times with a zero offset of digits": text_time("%Y-%m-%dT%H:%M:%S+0000"),
    "ISO times with a zero offset": text_time("%Y-%m-%dT%H:%M:%S+00:00"),
    "times with an offset": changed_rows(lambda row: {"timestamp": shifted(row["timestamp"])}),
    "numbers as text": changed_rows(numbers_as_text, numbers_as_text),
    "bits with 0x": changed_rows(lambda row: {"bits": f"0x{row['bits']}", "nonce": f"0x{row['nonce']}"}),
    "bits in capitals": changed_rows(lambda row: {"bits": row["bits"].upper()}),
    "bits as number": changed_rows(lambda row: {"bits": int(row["bits"], 16), "nonce": int(row["nonce"], 16)}),
    "sums of decimals": changed_rows(
        transaction=lambda row: {"output_value": float(row["output_value"]), "input_value": 0.5, "fee": None}
    ),
    "without sums": changed_rows(transaction=lambda row: {"output_value": None, "block_timestamp": None}),
}


@pytest.mark.parametrize("write", READ.values(), ids=READ)
def test_forms_that_give_the_same_days(
    tmp_path: Path, rows: Rows, usual: dict[str, bytes], write: Callable[[Path, Rows], None]
) -> None:
    write(tmp_path / "export", rows)
    assert built(tmp_path, tmp_path / "export") == usual


def left_aside(home: Path, export: Path) -> dict[str, str]:
    """The files that are left aside, with the reasons."""
    return {name: found.left() for name, found in open_source(files_settings(home, export)).intake.files.items()}


def test_other_files_in_the_folder_are_left_aside_and_told(tmp_path: Path, rows: Rows, usual: dict[str, bytes]) -> None:
    export = write_export(tmp_path / "export", *rows)
    write_text(export / "package.json", '{"name": "something else"}')
    write_text(export / "blocks.csv", "hash,number\n")
    write_text(export / ".cache" / "blocks.json", "nothing of ours")
    write_text(export / "README.md", "# Exports")
    assert built(tmp_path, export) == usual
    aside = left_aside(tmp_path / "other", export)
    assert aside.pop("README.md").startswith("no .json or .json.gz or ")
    assert aside == {
        ".cache": "hidden",
        "blocks.csv": "CSV, which cannot hold inputs and outputs as they are: export it as JSON lines (with "
        "bitcoin-etl: to a name that ends in .json)",
        "package.json": "its rows are neither blocks nor transactions of bitcoin-etl",
    }


def test_files_that_say_what_they_hold_win_over_those_that_look_like_it(
    tmp_path: Path, rows: Rows, usual: dict[str, bytes]
) -> None:
    """A folder that keeps a branch that was lost, under names of the user's own."""
    export = write_export(tmp_path / "export", *rows)
    lost = [row | {"hash": f"{number:064x}"} for number, row in enumerate(rows[0][-3:])]
    write_text(export / "reorg" / "lost_blocks.json", lines(lost))
    write_text(export / "reorg" / "lost_transactions.json", lines(rows[1][-3:]))
    assert built(tmp_path, export) == usual
    assert left_aside(tmp_path / "other", export) == {
        f"reorg/lost_{what}.json": f"{what}.json has a name that says what it holds, this one has not"
        for what in ("blocks", "transactions")
    }


def test_blocks_name_their_parents(tmp_path: Path, rows: Rows) -> None:
    """Also the first block of an export that begins in the middle of the chain."""
    settings = files_settings(tmp_path / "home", write_export(tmp_path / "export", *rows))
    days = complete_days(open_source(settings))
    list(open_source(settings).extract(days[:2]))
    last = held_manifests(settings.raw)[-1].last_height
    assert last is not None and last > 0
    write_export(
        tmp_path / "export",
        [row for row in rows[0] if row["number"] > last],
        [row for row in rows[1] if row["block_number"] > last],
    )
    list(open_source(settings).extract(days[2:]))
    found = query(settings, lambda table: f"SELECT hash, previous_hash FROM {table('blocks')} ORDER BY height")
    assert len(found) > last + 2 and found[0][1] == bytes(32)
    assert [parent for _, parent in found[1:]] == [block_hash for block_hash, _ in found[:-1]]
