"""Damaged export files: which file, which line, and what to do."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from dagster_project.chain.sources import bad_lines
from dagster_project.errors import SatledgerError
from dagster_project.lake.manifest import held_days
from tests.chain.lake import Row, extract_all, files_settings, leftovers, write_export, write_lines
from tests.reference.chains import ChainOptions, build_chain

BAD = 4_000


@pytest.fixture(scope="module")
def many() -> tuple[list[Row], list[Row]]:
    """More transactions than DuckDB takes at once."""
    chain = build_chain(ChainOptions(seed=16, blocks=30, days=5, payments=2, duplicates=False))
    rows = [chain.transactions[number % len(chain.transactions)] for number in range(BAD + 1_000)]
    return chain.blocks, rows


def refused(tmp_path: Path, export: Path) -> str:
    settings = files_settings(tmp_path / "home", export)
    with pytest.raises(SatledgerError) as caught:
        extract_all(settings)
    assert held_days(settings.raw) == [] and leftovers(settings) == []
    return str(caught.value)


def change(**values: object) -> Callable[[str], str]:
    return lambda line: json.dumps(json.loads(line) | values)


@pytest.mark.parametrize("compressed", [False, True])
@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda line: line[: len(line) // 2], "is truncated or damaged ("),
        (lambda line: "hello", "is truncated or damaged (unexpected character): copy or export it again."),
        (lambda line: "\0" * 100, "is truncated or damaged (unexpected character): copy or export it again."),
        (
            change(size="big"),
            'has a value of another kind than bitcoin-etl writes (Failed to cast value to numerical: "big',
        ),
        (
            change(outputs="[]"),
            "has a value of another kind than bitcoin-etl writes (Expected ARRAY, but got VARCHAR: ",
        ),
        (change(outputs=[{"value": "x"}]), "has a value of another kind than bitcoin-etl writes (Failed to cast value"),
    ],
)
def test_the_line_that_cannot_be_read_is_named(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    many: tuple[list[Row], list[Row]],
    spoil: Callable[[str], str],
    told: str,
    compressed: bool,
) -> None:
    monkeypatch.setattr(bad_lines, "PART", 100_000)
    lines = [json.dumps(row) for row in many[1]]
    lines[BAD - 1] = spoil(lines[BAD - 1])
    text = "\n".join(lines).encode()
    write_lines(tmp_path / "export" / "blocks.json", many[0])
    path = tmp_path / "export" / f"transactions.json{'.gz' if compressed else ''}"
    path.write_bytes(gzip.compress(text) if compressed else text)
    assert refused(tmp_path, tmp_path / "export").startswith(f"{path}, line {BAD}, {told}")


def test_a_file_without_lines_is_named(tmp_path: Path, many: tuple[list[Row], list[Row]]) -> None:
    export = write_export(tmp_path / "export", *many)
    path = export / "transactions.json"
    path.write_text(json.dumps(many[1], indent=2)[:-300], encoding="utf-8")
    sentence = refused(tmp_path, export)
    assert sentence == f"{path} is truncated or damaged (unexpected end of data): copy or export it again."


def test_utf_16_is_told_without_its_mark(tmp_path: Path, many: tuple[list[Row], list[Row]]) -> None:
    export = write_export(tmp_path / "export", *many)
    path = export / "blocks.json"
    for encoding in ("utf-16-le", "utf-16-be"):
        path.write_text("".join(json.dumps(row) + "\n" for row in many[0]), encoding=encoding)
        assert refused(tmp_path, export) == f"{path} is UTF-16 text: save it as UTF-8."


@pytest.mark.parametrize("name", ["blocks.json.zst", "blocks.parquet", "blocks.txt", "blocks-000000000000"])
def test_files_with_other_endings_are_named(tmp_path: Path, many: tuple[list[Row], list[Row]], name: str) -> None:
    export = write_export(tmp_path / "export", *many)
    (export / "blocks.json").rename(export / name)
    kinds = "no .json or .json.gz or .jsonl or"
    assert f"There is no blocks*.json or blocks*.json.gz in {export}: put" in refused(tmp_path, export)
    assert f" (left aside: {name}: {kinds}" in refused(tmp_path, export)


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"hash": "zz"}, "Block 6: its hash is zz, not 64 hexadecimal digits in small letters"),
        ({"hash": "AB" * 32}, f"Block 6: its hash is {'AB' * 32}, not 64 hexadecimal digits in small letters"),
        ({"number": -1}, "blocks.json, line 7: number is -1, which is no height: export that range again"),
    ],
)
def test_a_value_that_cannot_be_is_named(
    tmp_path: Path, many: tuple[list[Row], list[Row]], values: Row, told: str
) -> None:
    blocks = [row | (values if row["number"] == 6 else {}) for row in many[0]]
    unique = {(row["block_number"], row["hash"]): row for row in many[1]}
    assert told in refused(tmp_path, write_export(tmp_path / "export", blocks, list(unique.values())))
