"""Label files that people have: clones of public packs, lists of their own, and what is left aside."""

from datetime import date
from pathlib import Path

import pytest

from dagster_project.errors import SatledgerError
from dagster_project.inputs.intake import Intake
from dagster_project.labels.load import SETTING, LabelSet, label_files, load_labels
from dagster_project.labels.model import Exchanges, parse_day

ADDRESS = "16rF2zwSJ9goQ9fZfYoti5LsUqqegb5RnA"
OTHER = "1AumBaQDRaCC3cKKQVRHeyvoSPWNdDzsKP"
HEADER = "title: t\ncreator: c\ncategory: exchange\ncurrency: BTC\nsource: https://example.org\n"
PACK = f"{HEADER}lastmod: 2023-01-01\nlabel: Kraken.com\ntags:\n- address: {ADDRESS}\n"

# Facts of the public ActorPack, graphsense.actorpack.yaml of the GraphSense TagPacks, as of May 2026.
ACTORS = {
    "BFX": "bitfinex",
    "BIT": "bybit",
    "BMX": "bitmex",
    "BNB": "binance",
    "BSP": "bitstamp",
    "BTX": "bittrex",
    "CBS": "coinbase",
    "CRO": "cryptocom",
    "DER": "deribit",
    "GEM": "gemini",
    "GIO": "gate",
    "HBT": "hitbtc",
    "HUO": "huobi",
    "KCN": "kucoin",
    "KOR": "korbit",
    "KRK": "kraken",
    "MXC": "mxc",
    "NBX": "nbx",
    "OKX": "okex",
    "POL": "poloniex",
    "SBG": "swissborg",
}


def load(folder: Path, files: dict[str, str]) -> LabelSet:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    intake = Intake("exchange labels", folder, SETTING)
    return load_labels(label_files(folder, intake), lambda _: None, intake=intake)


def test_a_clone_of_the_public_packs_is_read_from_its_root(tmp_path: Path) -> None:
    found = load(
        tmp_path,
        {
            ".git/config": "[core]\n",
            ".github/workflows/validate.yml": "name: ci\non: [push]\n",
            ".pre-commit-config.yaml": "repos: []\n",
            "CITATION.cff": "title: x\n",
            "README.md": "# Packs\n",
            "actors/graphsense.actorpack.yaml": "title: a\nactors:\n- id: kraken\n",
            "config.yaml": "baseURI: https://example.org\n",
            "packs/kraken.yaml": PACK,
            "packs/more/theft.yml": f"{HEADER}lastmod: 2023-01-01\nlabel: x\nabuse: theft\ntags:\n- address: {OTHER}\n",
        },
    )
    assert [label.exchange_code for label in found.labels] == ["KRK"]
    assert {name: each.whole for name, each in found.intake.files.items() if each.whole} == {
        ".git": "hidden",
        ".github": "hidden",
        ".pre-commit-config.yaml": "hidden",
        "CITATION.cff": "no .csv or .yaml or .yml file",
        "README.md": "no .csv or .yaml or .yml file",
        "actors/graphsense.actorpack.yaml": "an ActorPack",
        "config.yaml": "no TagPack: it has no list of tags",
    }
    assert found.intake.files["packs/kraken.yaml"].taken == 1
    assert found.intake.files["packs/more/theft.yml"].left() == "1 row (abuse)"


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ({"ci.yml": "on: [push]\n"}, "ci.yml: no TagPack: it has no list of tags"),
        ({"prices.csv": "time,PriceUSD\n2020-01-01,1\n"}, "prices.csv: no labels: it has the columns time, PriceUSD"),
        (
            {"old.yaml": f"{HEADER}lastmod: 2021-11-12\nlabel: binance.com\ntags:\n- entity: 829604077\n"},
            "old.yaml: 1 row (an entity, not an address)",
        ),
        ({"empty.csv": "address,exchange,source,as_of\n"}, "empty.csv: it holds no rows"),
    ],
)
def test_labels_of_which_nothing_was_taken_are_refused(tmp_path: Path, files: dict[str, str], told: str) -> None:
    with pytest.raises(SatledgerError) as refused:
        load(tmp_path, files)
    assert f"Nothing was taken of the exchange labels at {tmp_path}" in str(refused.value)
    assert told in str(refused.value).splitlines()


def test_entities_of_old_packs_are_left_aside_among_addresses(tmp_path: Path) -> None:
    found = load(tmp_path, {"old.yaml": f"{PACK}- entity: 829604077\n- entity: 5\n"})
    assert len(found.labels) == 1
    assert found.intake.reasons() == {"an entity, not an address": 2}


@pytest.mark.parametrize(
    ("text", "line", "key"),
    [
        (PACK.replace("currency: BTC\n", "currency: BTC\ncurrency: ETH\n"), 5, "currency"),
        (f"{PACK}  label: Kraken\n  actor: kraken\n  label: Binance\n", 12, "label"),
        (f"{PACK}tags:\n- address: {OTHER}\n", 10, "tags"),
        (f"{PACK}  context:\n    a: 1\n    a: 2\n", 12, "a"),
    ],
)
def test_a_key_that_is_given_twice_is_refused_with_its_line(tmp_path: Path, text: str, line: int, key: str) -> None:
    with pytest.raises(SatledgerError) as refused:
        load(tmp_path, {"a.yaml": text})
    assert f"a.yaml, line {line}: the key {key} is given twice: keep one of them" in str(refused.value)


def test_every_exchange_is_known_by_its_id_in_the_public_actor_pack(tmp_path: Path) -> None:
    assert set(ACTORS) == set(Exchanges().names)
    tags = "".join(
        f"- {{address: address{number}, actor: {actor}}}\n" for number, actor in enumerate(ACTORS.values(), 10)
    )
    found = load(tmp_path, {"a.yaml": f"{HEADER}lastmod: 2023-01-01\nlabel: wallet\ntags:\n{tags}"})
    assert [label.exchange_code for label in found.labels] == list(ACTORS)


@pytest.mark.parametrize("actor", ["bnb", "bit", "bitcom", "gatecoin", "huobikorea"])
def test_codes_of_exchanges_are_no_actors(tmp_path: Path, actor: str) -> None:
    found = load(tmp_path, {"a.yaml": PACK, "b.yaml": PACK.replace("label: ", f"actor: {actor}\nlabel: ")})
    assert found.intake.files["b.yaml"].left() == "1 row (no known exchange)"


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("2023-01-01T23:30:00-05:00", date(2023, 1, 2)),
        ("2023-01-01 08:30:00", date(2023, 1, 1)),
        ("1562025600", date(2019, 7, 2)),
        ("'2023-01-01T23:30:00Z'", date(2023, 1, 1)),
    ],
)
def test_the_day_of_a_tag_is_one_of_utc(tmp_path: Path, written: str, day: date) -> None:
    found = load(tmp_path, {"a.yaml": PACK.replace("2023-01-01", written)})
    assert [label.as_of for label in found.labels] == [day]


def test_a_list_of_actors_names_the_one_exchange_in_it(tmp_path: Path) -> None:
    pack = PACK.replace("label: Kraken.com", "label: wallet\nactor: [kraken, exchange]")
    found = load(tmp_path, {"a.yaml": pack, "b.yaml": pack.replace("exchange]", "binance]").replace(ADDRESS, OTHER)})
    assert [(label.address, label.exchange_code) for label in found.labels] == [(ADDRESS, "KRK")]
    assert found.intake.reasons() == {"actors of several exchanges": 1}


def test_a_day_that_does_not_exist_is_refused_with_the_line_of_its_tag(tmp_path: Path) -> None:
    with pytest.raises(SatledgerError, match=r"a\.yaml, line 10: not readable as YAML"):
        load(tmp_path, {"a.yaml": f"{PACK}- {{address: {OTHER}, lastmod: 2020-02-31}}\n"})


@pytest.mark.parametrize(
    "text",
    [
        f"address,exchange_code,source,as_of\n{ADDRESS},bnb,s,2024-01-11\n",
        f"address,exchange_code,source,as_of\n{ADDRESS},Binance,s,2024-01-11\n",
        f"Address,Exchange,Source,As_Of\n{ADDRESS},binance.com,s,2024-01-11\n",
        f"address,exchange_name,source,as_of\n{ADDRESS},BINANCE,s,2024-01-11\n",
        f"address,exchange_code,exchange_name,source,as_of\n{ADDRESS},,Binance,s,2024-01-11\n",
        f"address,exchange,source,as_of\n{ADDRESS},BNB,s,2024-01-11T23:30:00.5Z\n",
        f"address,exchange,source,as_of\n{ADDRESS},BNB,s,2024-01-10T22:00:00-05:00\n",
    ],
)
def test_an_exchange_goes_by_code_or_name_in_any_case(tmp_path: Path, text: str) -> None:
    (label,) = load(tmp_path, {"a.csv": text}).labels
    assert (label.exchange_code, label.as_of) == ("BNB", date(2024, 1, 11))


def test_unknown_columns_are_left_aside_and_told(tmp_path: Path) -> None:
    text = f"address,exchange,balance,source,as_of,chain\n{ADDRESS},BNB,5,s,2024-01-11,btc\n"
    found = load(tmp_path, {"a.csv": text})
    assert len(found.labels) == 1
    assert found.intake.files["a.csv"].left() == "the columns balance, chain"


def test_unknown_columns_may_be_called_alike_or_not_at_all(tmp_path: Path) -> None:
    """As a spreadsheet writes them, or pandas its index."""
    index = f",address,exchange,source,as_of\n0,{ADDRESS},BNB,s,2024-01-11\n"
    notes = f"address,note,note,exchange,source,as_of,,\n{OTHER},a,b,BNB,s,2024-01-11,,\n"
    found = load(tmp_path, {"a.csv": index, "b.csv": notes})
    assert len(found.labels) == 2
    assert found.intake.files["a.csv"].left() == "the column without a name"
    assert found.intake.files["b.csv"].left() == "the columns note, note, without a name, without a name"


def test_a_pack_that_is_not_utf_8_is_refused_by_its_line(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_bytes(PACK.encode() + "- address: x\n  label: Börse\n".encode("latin-1"))
    with pytest.raises(SatledgerError, match=r"a\.yaml, line 11: the text from here on is not UTF-8"):
        load(tmp_path, {})


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        (f"{ADDRESS},FTX,s,2024-01-11", "there is no exchange with the name or code FTX (the codes are BFX BIT"),
        (f"{ADDRESS},,s,2024-01-11", "exchange_code is empty"),
        (f"{ADDRESS},BNB,s,11.1.2024", "as_of is 11.1.2024, not a date"),
    ],
)
def test_what_is_in_doubt_is_refused_by_its_row(tmp_path: Path, row: str, fault: str) -> None:
    with pytest.raises(SatledgerError) as refused:
        load(tmp_path, {"a.csv": f"address,exchange_code,source,as_of\n{row}\n"})
    assert f"a.csv, line 2: {fault}" in str(refused.value)


def test_a_file_of_labels_without_exchanges_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SatledgerError, match="line 1: the header has no column exchange_code, source, as_of"):
        load(tmp_path, {"a.csv": f"address,balance\n{ADDRESS},5\n"})


@pytest.mark.parametrize("text", ["20240111", "2024-W02-4", "2024-01-11T", "2024-02-30", "", "yesterday"])
def test_what_is_no_day(text: str) -> None:
    assert parse_day(text) is None
