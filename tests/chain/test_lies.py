"""None of the lies that a source can tell reaches the lake, whichever way it is told."""

import re
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from dagster_project.chain.sources import open_source
from dagster_project.errors import SatledgerError
from dagster_project.lake.manifest import held_manifests
from dagster_project.settings import Settings
from tests.chain.lake import lake_files, leftovers, make_settings, raw_files, write_export
from tests.chain.lies import LIES, NO_LIES, UNCOMMITTED, Lie, told
from tests.chain.producer import write_producer_dataset
from tests.chain.said_blocks import Json, export_rows, raw_block, witnesses_said
from tests.chain.witness_chain import Call, Proxy, WitnessChain, exact_rpcs

WAYS = ("bitcoin-etl", "raw", "files", "dataset")
# The data set has the id with the witness, and not the witness of a coinbase: the Merkle root finds the true txid.
UNDECIDED = {
    ("dataset", name) for name in ("the coinbase's id", "the coinbase's witness", "a longer witness of the coinbase")
}


class Told:
    """A chain, a block of which may be told otherwise than it is, in four ways."""

    def __init__(self, chain: WitnessChain, proxy: Proxy, honest: list[Json], folder: Path) -> None:
        self.chain, self.proxy, self.folder = chain, proxy, folder
        self._honest = honest
        self.block = honest[chain.height]

    def settings(self, way: str, block: Json) -> Settings:
        """Settings that read the chain in one of the ways, with a block in it as it is told."""
        home = self.folder / f"{way}-home"
        shutil.rmtree(home, ignore_errors=True)
        shutil.copytree(self.folder / "base", home)
        values: Json = {"home": home, "chain": "regtest", "min_confirmations": 0}
        if way in ("bitcoin-etl", "raw"):
            self.proxy.change = self._change(block)
            return make_settings(**values, source="node", node_url=self.proxy.url, node_reader=way)
        blocks = list(self._honest)
        blocks[self.chain.height] = block
        rows, transactions = export_rows(blocks)
        target = self.folder / way
        shutil.rmtree(target, ignore_errors=True)
        if way == "files":
            return make_settings(**values, source="files", files=write_export(target, rows, transactions))
        witnesses: dict[str, Any] = {}
        for each in blocks:
            witnesses |= witnesses_said(each)
        write_producer_dataset(target, rows, transactions, witnesses=witnesses)
        return make_settings(**values, source="public-dataset", dataset=str(target))

    def _change(self, block: Json) -> Callable[[Call, Any], Any]:
        name = self.block["hash"]

        def change(call: Call, result: Any) -> Any:  # noqa: ANN401 (JSON)
            if call["params"][:1] != [name]:
                return result
            if call["method"] == "getblockheader":
                return result | {"nTx": len(block["tx"])}
            return block if call["params"][1:] == [2] else raw_block(block).hex()

        return change

    def successors(self) -> list[str]:
        """The ids of the blocks after the day."""
        after = (self.chain.day - date(1970, 1, 1)).days * 86_400 + 86_400
        return [block["hash"] for block in self._honest if block["mediantime"] >= after]

    def shows(self, way: str, block: Json) -> bool:
        """Whether a lie is to be seen in what a way tells."""
        if way == "raw":
            return raw_block(block) != raw_block(self.block)
        if way == "bitcoin-etl":
            # Two things that it is told and that nothing else is made of: the count, and the witnesses.
            other = block["nTx"] != self.block["nTx"] or raw_block(block)[80:] != raw_block(self.block)[80:]
            return other or export_rows([block]) != export_rows([self.block])
        return export_rows([block]) != export_rows([self.block]) or (
            way == "dataset" and witnesses_said(block) != witnesses_said(self.block)
        )


@pytest.fixture(scope="module")
def honest(witness_chain: WitnessChain) -> list[Json]:
    """All blocks of the chain as the node says them."""
    node = witness_chain.node
    names = exact_rpcs(node, [["getblockhash", height] for height in range(node.rpc("getblockcount") + 1)])
    return exact_rpcs(node, [["getblock", name, 2] for name in names])


@pytest.fixture(scope="module")
def folder(witness_chain: WitnessChain, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the home ``base``, whose lake holds the day before."""
    made = tmp_path_factory.mktemp("lies")
    base = make_settings(
        home=made / "base", chain="regtest", source="node", node_url=witness_chain.node.url, min_confirmations=0
    )
    list(open_source(base).extract([witness_chain.before]))
    return made


@pytest.fixture
def teller(witness_chain: WitnessChain, proxy: Proxy, honest: list[Json], folder: Path) -> Told:
    """Tells the chain, with a lie in it."""
    return Told(witness_chain, proxy, honest, folder)


def extract(settings: Settings, chain: WitnessChain) -> dict[str, bytes]:
    """Read the chain's day; the raw days that are there then."""
    list(open_source(settings).extract([chain.day]))
    return raw_files(settings)


@pytest.fixture(scope="module")
def truth(witness_chain: WitnessChain, folder: Path) -> dict[str, bytes]:
    """The raw days that the node itself gives."""
    shutil.copytree(folder / "base", folder / "truth")
    settings = make_settings(
        home=folder / "truth", chain="regtest", source="node", node_url=witness_chain.node.url, min_confirmations=0
    )
    return extract(settings, witness_chain)


def test_the_block_lied_about_has_witnesses_and_scripts_of_all_kinds(teller: Told) -> None:
    first = [tx["vin"][0] for tx in teller.block["tx"][1:]]
    found = [(bool(item["scriptSig"]["hex"]), len(item.get("txinwitness", []))) for item in first]
    assert found == [(True, 0), (True, 2), (False, 1), (False, 2)]
    raw = teller.chain.node.rpc("getblock", teller.block["hash"], 0)
    assert raw_block(teller.block).hex() == raw


def test_the_truth_is_the_same_in_all_ways(teller: Told, truth: dict[str, bytes]) -> None:
    for way in WAYS:
        assert extract(teller.settings(way, teller.block), teller.chain) == truth, way


@pytest.mark.parametrize("name", LIES)
def test_a_lie_does_not_reach_the_lake(teller: Told, truth: dict[str, bytes], name: str) -> None:
    lie = LIES[name]
    block = told(lie, teller.block)
    assert block != teller.block
    shown = [way for way in WAYS if teller.shows(way, block)]
    assert shown
    for way in WAYS:
        settings = teller.settings(way, block)
        before = lake_files(settings)
        if way not in shown or (way, name) in UNDECIDED:
            assert extract(settings, teller.chain) == truth, way
            continue
        with pytest.raises(SatledgerError) as caught:
            extract(settings, teller.chain)
        assert lake_files(settings) == before and leftovers(settings) == [], way
        require_named(str(caught.value), lie, teller, way)


@pytest.mark.parametrize("name", UNCOMMITTED)
def test_witnesses_that_the_coinbase_does_not_commit_to(teller: Told, truth: dict[str, bytes], name: str) -> None:
    """They enter only from sources that do not tell witnesses as a node does, and are marked."""
    block = told(Lie(UNCOMMITTED[name]), teller.block)
    assert block["size"] != teller.block["size"] or "same length" in name
    for way in ("bitcoin-etl", "raw"):
        settings = teller.settings(way, block)
        before = lake_files(settings)
        with pytest.raises(SatledgerError) as caught:
            extract(settings, teller.chain)
        assert lake_files(settings) == before and leftovers(settings) == [], way
        require_named(str(caught.value), Lie(UNCOMMITTED[name]), teller, way)
    for way in ("files", "dataset"):
        settings = teller.settings(way, block)
        assert (extract(settings, teller.chain) == truth) == ("same length" in name), way
        proof = held_manifests(settings.raw)[-1].proof
        assert {"witness commitments", "sizes of witnesses"} <= set(proof.unproven), way


def test_the_proof_of_witnesses_is_that_of_the_commitment(teller: Told, truth: dict[str, bytes]) -> None:
    for way in WAYS:
        settings = teller.settings(way, teller.block)
        assert extract(settings, teller.chain) == truth
        proof = held_manifests(settings.raw)[-1].proof
        assert ("witness commitments" in proof.checked) == (way != "files"), way
        assert ("sizes of witnesses" in proof.unproven) == (way == "files"), way


def require_named(sentence: str, lie: Lie, teller: Told, way: str) -> None:
    """Accept a refusal only if it is one sentence that names the block, and the transaction where it is about one."""
    assert "\n" not in sentence and sentence.endswith("."), sentence
    heights = f"{teller.chain.height}|{teller.chain.height + 1}"
    assert re.search(rf"\b[Bb]lock ({heights})\b|{teller.block['hash']}", sentence), (way, sentence)
    if lie.transaction is not None and way != "raw":
        txid = teller.block["tx"][lie.transaction]["txid"]
        assert re.search(rf"transaction ({lie.transaction}\b|\w*{txid[:-1]})", sentence), (way, sentence)


def test_what_the_lake_does_not_keep_changes_nothing(teller: Told, truth: dict[str, bytes]) -> None:
    block = teller.block
    for tell in NO_LIES.values():
        before = block
        block = told(Lie(tell), block)
        assert block != before
    for way in WAYS:
        assert extract(teller.settings(way, block), teller.chain) == truth, way


# What only the answer to getblockheader is made to say, of the day's block and of the one that completes the day.
HEADER_LIES: dict[str, Callable[[Any], Any]] = {
    "time": lambda time: time + 1,
    "mediantime": lambda time: time + 86_400,
    "bits": lambda bits: f"{int(bits, 16) - 1:08x}",
    "nonce": lambda nonce: nonce ^ 1,
    "version": lambda version: version ^ 1,
    "merkleroot": lambda root: f"{int(root, 16) ^ 1:064x}",
    "previousblockhash": lambda name: f"{int(name, 16) ^ 1:064x}",
    "height": lambda height: height + 1,
    "hash": lambda name: f"{int(name, 16) ^ 1:064x}",
    "nTx": lambda count: count + 1,
}


@pytest.mark.parametrize(("of", "reader"), [("the day", "bitcoin-etl"), ("what completes it", "raw")])
@pytest.mark.parametrize("name", HEADER_LIES)
def test_a_lie_in_a_header_alone_does_not_reach_the_lake(
    teller: Told, truth: dict[str, bytes], name: str, of: str, reader: str
) -> None:
    settings = teller.settings(reader, teller.block)
    # The day's successor is the first block whose consensus time is on the day after.
    names = [teller.block["hash"]] if of == "the day" else teller.successors()[:1]

    def change(call: Call, result: Any) -> Any:  # noqa: ANN401 (JSON)
        if call["method"] == "getblockheader" and call["params"][0] in names:
            return result | {name: HEADER_LIES[name](result[name])}
        return result

    teller.proxy.change = change
    if name == "nTx" and of != "the day":
        assert extract(settings, teller.chain) == truth  # what another day holds is not this day's matter
        return
    before = lake_files(settings)
    with pytest.raises(SatledgerError, match=r"[Bb]lock \d+|the header \w{64}") as caught:
        extract(settings, teller.chain)
    assert "\n" not in str(caught.value)
    assert lake_files(settings) == before and leftovers(settings) == []
