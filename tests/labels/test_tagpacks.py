"""GraphSense TagPacks: inheritance, which tags count, and what is refused."""

from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from dagster_project.errors import SatledgerError
from dagster_project.labels.load import LabelSet, load_labels

ADDRESSES = [
    "16rF2zwSJ9goQ9fZfYoti5LsUqqegb5RnA",
    "1AumBaQDRaCC3cKKQVRHeyvoSPWNdDzsKP",
    "1DnHx95d2t5URq2SYvVk6kxGryvTEbTnTs",
    "1FTgXfXZRxMQcKSNeuFvWYVPsNgurTJ7BZ",
]

PACK = f"""\
title: Reserves
creator: somebody
label: OKX reserve wallets
source: https://example.org/reserves
currency: BTC
confidence: service_data
category: exchange
is_cluster_definer: true
lastmod: 2022-11-15
tags:
  - address: {ADDRESSES[0]}
  - address: {ADDRESSES[1]}
    label: Kraken cold wallet
    confidence: manual_transaction
    lastmod: 2023-01-02
    is_cluster_definer: false
  - address: "0x5041ed759dd4afc3a72b8192c143f72f4724081a"
    currency: ETH
"""


def load(folder: Path, text: str) -> LabelSet:
    file = folder / "pack.yaml"
    file.write_text(text, encoding="utf-8")
    return load_labels([file], lambda _: None)


def test_tags_inherit_the_header_and_override_it(tmp_path: Path) -> None:
    found = load(tmp_path, PACK)
    assert [(each.address, each.exchange_code, each.role, each.as_of, each.confidence) for each in found.labels] == [
        (ADDRESSES[0], "OKX", "unknown", date(2022, 11, 15), "service_data"),
        (ADDRESSES[1], "KRK", "cold", date(2023, 1, 2), "manual_transaction"),
    ]
    assert {each.source for each in found.labels} == {"https://example.org/reserves"}
    assert found.intake.reasons() == Counter({"other currency": 1})


@pytest.mark.parametrize(
    ("fields", "code", "ignored"),
    [
        ("{actor: okex, label: whatever}", "OKX", None),
        ("{actor: binance_us, label: Binance}", None, "no known exchange"),
        ("{label: huobi.com-2, category: exchange}", "HUO", None),
        ("{label: Crypto.com reserves, concepts: [exchange, custody]}", "CRO", None),
        ("{label: HitBTC.com}", "HBT", None),
        ("{label: Binance hacker}", None, "no known exchange"),
        ("{label: Binance hacker, category: exchange, abuse: theft}", None, "abuse"),
        ("{label: Binance Pool, actor: binance, category: miner}", None, "other category"),
        ("{label: localbitcoins.com, category: exchange}", None, "no known exchange"),
        ("{label: Binance, category: exchange, network: ETH}", None, "other currency"),
        ("{label: Binance, category: exchange, currency: btc}", "BNB", None),
    ],
)
def test_which_tags_become_labels(tmp_path: Path, fields: str, code: str | None, ignored: str | None) -> None:
    header = "source: s\ncurrency: BTC\ncreated: 2020-05-06\n"
    found = load(tmp_path, f"{header}tags:\n- {fields[:-1]}, address: {ADDRESSES[0]}}}\n")
    assert [label.exchange_code for label in found.labels] == ([code] if code else [])
    assert list(found.intake.reasons()) == ([ignored] if ignored else [])
    assert all(label.as_of == date(2020, 5, 6) for label in found.labels)


def test_all_bad_tags_are_refused_at_once_with_their_lines(tmp_path: Path) -> None:
    text = f"""\
actor: kraken
tags:
  - address: {ADDRESSES[0]}
  - {{label: Kraken, source: s, currency: BTC, lastmod: 2020-01-01}}
  - {{address: {ADDRESSES[1]}, label: Kraken, source: s, currency: BTC, lastmod: yesterday}}
  - {{address: {ADDRESSES[2]}, label: a, source: s, currency: BTC, lastmod: 2020-01-01, is_cluster_definer: maybe}}
  - {{address: {ADDRESSES[3]}, label: a, source: s, currency: BTC, lastmod: 2020-01-01}}
  - surprise
"""
    with pytest.raises(SatledgerError) as refused:
        load(tmp_path, text)
    shown = str(refused.value).splitlines()[1:]
    assert [line.split("pack.yaml, ")[1] for line in shown] == [
        "line 3: label is missing; source is missing; currency is missing; "
        "neither lastmod nor created is a date like 2022-11-16",
        "line 4: address is missing",
        "line 5: neither lastmod nor created is a date like 2022-11-16",
        "line 6: is_cluster_definer is neither true nor false",
        "line 8: the tag is not a mapping",
    ]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("title: a\ntags: none\n", "it has no list of tags"),
        ("title: a\nlabel: [\n", "line 3: not readable as YAML"),
        ("title: !include other.yaml\ntags: []\n", "line 1: not readable as YAML"),
        ("tags:\n- {lastmod: 2020-02-31}\n", "not readable as YAML"),
    ],
)
def test_files_that_are_no_tagpack_are_refused(tmp_path: Path, text: str, reason: str) -> None:
    with pytest.raises(SatledgerError, match=reason):
        load(tmp_path, text)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("title: a\nactors:\n- id: kraken\n", "an ActorPack"),
        ("name: ci\non: [push]\n", "no TagPack: it has no list of tags"),
        ("- a\n- b\n", "no TagPack: it has no list of tags"),
        ("", "no TagPack: it has no list of tags"),
    ],
)
def test_other_yaml_in_the_same_folder_is_left_aside(tmp_path: Path, text: str, reason: str) -> None:
    found = load(tmp_path, text)
    assert (found.labels, found.intake.files["pack.yaml"].whole) == ([], reason)
