"""Labels: what is read, what is refused, and what reaches the lake."""

import csv
from collections import Counter
from pathlib import Path

import duckdb
import pytest

from dagster_project.blocks.addresses import address_problem
from dagster_project.blocks.parameters import load_parameters
from dagster_project.errors import SatledgerError
from dagster_project.labels.load import BUILT_IN, LabelSet, label_files, load_labels
from dagster_project.labels.model import Exchanges
from dagster_project.labels.store import write_labels
from dagster_project.settings import Chain
from tests.reference.chains import ChainOptions, build_chain

HEADER = "address,exchange_code,exchange_name,role,source,as_of,confidence\n"
GENESIS = "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"
COLD = "34xp4vRoCGJym3xR7yCVPFHoCNxv4Twseo"
SEGWIT = "bc1qm34lsc65zpw79lxes69zkqmk6ee3ewf0j77s3h"


def mainnet(address: str) -> str | None:
    return address_problem(address, load_parameters(Chain.MAINNET))


def load(*files: Path) -> LabelSet:
    return load_labels(files, mainnet)


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_starter_set_is_valid_and_covers_every_exchange_with_at_most_twelve() -> None:
    labels = load(BUILT_IN).labels
    counts = Counter(label.exchange_code for label in labels)
    assert set(counts) == set(Exchanges().names)
    assert max(counts.values()) <= 12
    assert [label.address for label in labels] == sorted(label.address for label in labels)
    assert all(label.source and label.confidence != "disputed" for label in labels)


def test_starter_set_is_part_of_its_collection(shared: Path) -> None:
    with (shared / "data/labels/exchange_addresses_core.csv").open(newline="", encoding="utf-8") as file:
        facts = {row["address"]: row for row in csv.DictReader(file)}
    for label in load(BUILT_IN).labels:
        fact = facts[label.address]
        assert (label.exchange_code, label.role) == (fact["exchange_code"], fact["role"])
        assert label.source == f"{fact['source']} {fact['source_ref']}"
        assert label.as_of.isoformat() == fact["first_seen_or_asof_date"]
        assert fact["confidence"] != "disputed"


def test_labels_of_a_regtest_chain(tmp_path: Path) -> None:
    regtest = load_parameters(Chain.REGTEST)
    chain = build_chain(ChainOptions(seed=10, keys=60, labels=60))
    file = tmp_path / "exchange_labels.csv"
    chain.write_labels(file)
    labels = load_labels([file], lambda address: address_problem(address, regtest)).labels
    assert len(labels) == len(chain.labels) > 50
    with pytest.raises(SatledgerError, match=f"{len(chain.labels)} bad rows"):
        load(file)


def test_all_bad_rows_are_refused_at_once_with_file_and_line(tmp_path: Path) -> None:
    rows = [
        f"{GENESIS},BNB,Binance,cold,a,2020-01-01,",
        f"{GENESIS[:-1]}b,BNB,Binance,cold,a,2020-01-01,",
        f"{COLD},XXX,Binance,cold,a,2020-01-01,",
        f"{COLD},BNB,Kraken,cold,a,2020-01-01,",
        f"{COLD},BNB,Binance,cold,,2020-02-30,",
        f"{COLD},BNB,Binance,cold",
        f"{SEGWIT[:-1]}j,BNB,Binance,cold,a,2020-01-01,",
    ]
    file = write(tmp_path / "labels.csv", HEADER + "\n".join(rows) + "\n")
    with pytest.raises(SatledgerError) as refused:
        load(file)
    message = str(refused.value)
    assert "6 bad rows" in message
    for line, reason in (
        (3, GENESIS[:-1]),
        (4, "code XXX"),
        (5, "Kraken is that of KRK, not of BNB"),
        (6, "source is empty; as_of is 2020-02-30"),
        (7, "4 fields where the header has 7"),
        (8, SEGWIT[:-1]),
    ):
        assert any(f"{file}, line {line}: " in shown and reason in shown for shown in message.splitlines()), reason


def test_one_address_of_two_exchanges_names_both(tmp_path: Path) -> None:
    first = write(tmp_path / "a.csv", f"{HEADER}{GENESIS},BNB,Binance,cold,a,2020-01-01,\n")
    second = write(tmp_path / "b.csv", f"{HEADER}{GENESIS},KRK,Kraken,cold,a,2020-01-01,\n")
    with pytest.raises(SatledgerError) as refused:
        load(first, second)
    assert f"{second}, line 2: {GENESIS} is given to Kraken (KRK) here and to Binance (BNB) in {first}, line 2" in str(
        refused.value
    )


def test_the_earlier_of_two_agreeing_files_is_kept(tmp_path: Path) -> None:
    first = write(tmp_path / "a.csv", f"{HEADER}{COLD},BNB,Binance,hot,mine,2024-01-01,certain\n")
    (label,) = [label for label in load(first, BUILT_IN).labels if label.address == COLD]
    assert (label.role, label.source, label.confidence) == ("hot", "mine", "certain")


def test_optional_columns_may_be_missing_and_bech32_may_be_in_capitals(tmp_path: Path) -> None:
    file = write(tmp_path / "a.csv", f"\ufeffas_of,source,exchange_code,address\n2024-01-01,s,BNB,{SEGWIT.upper()}\n")
    (label,) = load(file).labels
    assert (label.address, label.role, label.confidence) == (SEGWIT, "unknown", "unstated")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "line 1: the file is empty"),
        ("address,role\n", "line 1: the header has no column exchange_code, source, as_of"),
        (HEADER.replace("role", "source"), "line 1: the header has the column source twice"),
        (HEADER + '"unfinished', "line 2: not readable as CSV"),
    ],
)
def test_unreadable_files_are_refused(tmp_path: Path, text: str, reason: str) -> None:
    file = write(tmp_path / "a.csv", text)
    with pytest.raises(SatledgerError, match=reason):
        load(file)


def test_other_encodings_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_bytes(HEADER.encode() + "börse".encode("latin-1"))
    with pytest.raises(SatledgerError, match="not UTF-8"):
        load(file)


def test_a_setting_that_names_no_labels_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SatledgerError, match="There are no labels at"):
        label_files(tmp_path / "missing")
    with pytest.raises(SatledgerError, match="no CSV file and no folder"):
        label_files(tmp_path)
    other = write(tmp_path / "labels.txt", HEADER)
    with pytest.raises(SatledgerError, match="no CSV file and no folder"):
        label_files(other)
    nested = tmp_path / "packs" / "one"
    nested.mkdir(parents=True)
    write(nested / "b.yaml", "")
    write(tmp_path / "a.csv", HEADER)
    assert label_files(tmp_path) == [tmp_path / "a.csv", nested / "b.yaml"]


def test_the_lake_table_depends_on_the_labels_alone(tmp_path: Path) -> None:
    labels, exchanges = load(BUILT_IN).labels, Exchanges()
    first = write_labels(tmp_path / "one", labels, exchanges)
    again = write_labels(tmp_path / "two", load(BUILT_IN).labels, exchanges)
    assert first == again
    table = "labels/exchange_addresses.parquet"
    assert (tmp_path / "one" / table).read_bytes() == (tmp_path / "two" / table).read_bytes()
    rows = duckdb.read_parquet(str(tmp_path / "one" / table))
    assert rows.columns == ["address", "exchange_code", "exchange_name", "role", "source", "as_of", "confidence"]
    assert str(rows.types[5]) == "DATE"
    assert [row[0] for row in rows.fetchall()] == [label.address for label in labels]
    changed = write_labels(tmp_path / "one", labels[1:], exchanges)
    assert changed != first
    assert write_labels(tmp_path / "one", labels, exchanges) == first
    assert (tmp_path / "one" / table).read_bytes() == (tmp_path / "two" / table).read_bytes()
    assert sorted(path.name for path in (tmp_path / "one/labels").iterdir()) == [
        "exchange_addresses.parquet",
        "manifest.json",
    ]


def test_no_labels_at_all_are_an_empty_table(tmp_path: Path) -> None:
    write_labels(tmp_path, [], Exchanges())
    assert duckdb.read_parquet(str(tmp_path / "labels/exchange_addresses.parquet")).fetchall() == []
