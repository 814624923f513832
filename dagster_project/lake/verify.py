"""Prove raw days again from the lake alone, as far as its data allow."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa

from dagster_project.blocks.columns import BlockColumns, hash_text
from dagster_project.blocks.difficulty import History
from dagster_project.blocks.parameters import load_parameters
from dagster_project.blocks.proof import (
    prove_headers,
    prove_merkle_roots,
    prove_sizes,
    prove_transaction_ids,
    prove_values,
)
from dagster_project.blocks.scripts import commitments
from dagster_project.blocks.sha256 import Integers
from dagster_project.blocks.witnesses import prove_witness_places
from dagster_project.days import ONE_DAY
from dagster_project.errors import DamagedDayError, DisprovenError, reread_hint
from dagster_project.lake.history import lake_history
from dagster_project.lake.keeping import check_sizes
from dagster_project.lake.manifest import Manifest, fingerprint_of
from dagster_project.lake.proof_words import SIZES, TRANSACTION_IDS
from dagster_project.lake.read import Tables, day_columns, day_tables, kinds_of
from dagster_project.settings import Settings

# What is checked of each day, as the command prints it.
COMPARED = (
    "files (SHA-256)",
    "counts and places",
    "block ids",
    "links",
    "work, targets and times",
    "Merkle roots",
    "sizes",
    "amounts",
    "script kinds",
)
WITH_SCRIPTS = "transaction ids"


@dataclass(frozen=True)
class VerifiedDay:
    """A day that was proven again.

    Attributes:
        manifest: the day's manifest.
        differences: what is wrong, each as one sentence.
        columns: its blocks; None if they cannot be read, or there are none.
        with_scripts: whether the lake has the scripts of its inputs, so that transaction ids could be proven.
    """

    manifest: Manifest
    differences: Sequence[str]
    columns: BlockColumns | None
    with_scripts: bool = False


def verify_days(settings: Settings, manifests: Sequence[Manifest]) -> Iterator[VerifiedDay]:
    """Prove some days again, in order.

    Args:
        settings: where the lake is, and the chain.
        manifests: of the days.
    """
    before: History | None = None
    day_before: date | None = None
    for manifest in manifests:
        if day_before is None or manifest.day != day_before + ONE_DAY or before is None:
            before = _history_before(settings, manifest.day)
        verified, before = _verify(settings, manifest, before)
        day_before = manifest.day
        yield verified


def sampled_days(manifests: Sequence[Manifest], most: int) -> list[Manifest]:
    """At most ``most`` days, evenly spread from the first to the last."""
    if most >= len(manifests):
        return list(manifests)
    if most == 1:
        return [manifests[-1]]
    return [manifests[round(number * (len(manifests) - 1) / (most - 1))] for number in range(most)]


def _history_before(settings: Settings, day: date) -> History | None:
    try:
        return lake_history(settings.raw, load_parameters(settings.resolved_chain).rules, day)
    except DamagedDayError:
        # That day is reported by its own check, or was not asked for.
        return None


def _verify(settings: Settings, manifest: Manifest, before: History | None) -> tuple[VerifiedDay, History | None]:
    folder = settings.raw / manifest.day.isoformat()
    try:
        check_sizes(settings.raw, manifest)
        tables = day_tables(settings.raw, manifest)
    except DamagedDayError as error:
        return VerifiedDay(manifest, [str(error)], None), None
    found = list(_miscounted(manifest, tables))
    if found:
        return VerifiedDay(manifest, [_sentence(folder, text) for text in found], None), None
    with_scripts = "script" in tables["inputs"].column_names
    if not manifest.blocks:
        return VerifiedDay(manifest, [], None, with_scripts), before
    columns, median_times = day_columns(tables)
    parameters = load_parameters(settings.resolved_chain)
    histories: list[History] = []

    def headers() -> None:
        histories.extend(prove_headers(columns, parameters.rules, parameters.genesis_hash, before))
        _check_medians(histories, median_times)

    # Days that entered unproven are only compared with their own manifest.
    proofs: list[Callable[[], object]] = [lambda: _check_names(manifest, columns)]
    if manifest.proof.checked:
        proofs += [
            headers,
            lambda: prove_merkle_roots(columns),
            lambda: prove_values(columns),
            lambda: _check_kinds(tables["outputs"], columns),
        ]
        if SIZES not in manifest.proof.unproven:
            proofs += [
                lambda: prove_sizes(columns),
                lambda: prove_witness_places(columns, parameters.segwit_height),
            ]
        if with_scripts and TRANSACTION_IDS not in manifest.proof.unproven:
            proofs.append(lambda: prove_transaction_ids(columns, columns.txids))
    for prove in proofs:
        try:
            prove()
        except DisprovenError as error:
            found.append(str(error))
    sentences = [_sentence(folder, text) for text in found]
    return VerifiedDay(manifest, sentences, columns, with_scripts), histories[-1] if histories else None


def _sentence(folder: Path, text: str) -> str:
    return f"{folder}: {text.removesuffix('.')}; {reread_hint(folder)}."


def _miscounted(manifest: Manifest, tables: Tables) -> Iterator[str]:
    """Report missing rows, and rows whose heights or indexes are not in order."""
    blocks, transactions = tables["blocks"], tables["transactions"]
    for name, said in (
        ("blocks", manifest.blocks),
        ("transactions", manifest.transactions),
        ("inputs", manifest.inputs),
        ("outputs", manifest.outputs),
    ):
        if len(tables[name]) != said:
            yield f"its manifest says {said} {name}, but there are {len(tables[name])}"
            return
    if not manifest.blocks or manifest.first_height is None:
        return
    heights = np.arange(manifest.first_height, manifest.first_height + manifest.blocks)
    of_blocks = _whole(blocks, "transaction_count")
    of_inputs, of_outputs = _whole(transactions, "input_count"), _whole(transactions, "output_count")
    expected = {
        ("blocks", "height"): heights,
        ("transactions", "height"): np.repeat(heights, of_blocks),
        ("transactions", "tx_index"): _places(of_blocks),
    }
    tx_heights, tx_indexes = _whole(transactions, "height"), _whole(transactions, "tx_index")
    for name, counts, place in (("inputs", of_inputs, "input_index"), ("outputs", of_outputs, "output_index")):
        expected[name, "height"] = np.repeat(tx_heights, counts)
        expected[name, "tx_index"] = np.repeat(tx_indexes, counts)
        expected[name, place] = _places(counts)
    for (name, column), numbers in expected.items():
        if not np.array_equal(_whole(tables[name], column), numbers):
            yield f"the {column} of its {name} are not those that the counts of their blocks and transactions make"
            return


def _whole(table: pa.Table, name: str) -> Integers:
    return table[name].to_numpy().astype(np.int64)


def _places(counts: Integers) -> Integers:
    ends = np.cumsum(counts)
    return np.arange(int(counts.sum())) - np.repeat(ends - counts, counts)


def _check_names(manifest: Manifest, columns: BlockColumns) -> None:
    names = [hash_text(row) for row in columns.hashes]
    if (names[0], names[-1]) != (manifest.first_hash, manifest.last_hash):
        raise DisprovenError("its first and last block are not those that its manifest names")
    if fingerprint_of(manifest.day, names) != manifest.fingerprint:
        raise DisprovenError("its blocks do not give the fingerprint of its manifest")


def _check_medians(histories: Sequence[History], median_times: Integers) -> None:
    for history, said in zip(histories, median_times, strict=True):
        if history.median_time is not None and history.median_time != said:
            raise DisprovenError(
                f"Block {history.height} has the median time {said}, but its header times give {history.median_time}"
            )


def _check_kinds(outputs: pa.Table, columns: BlockColumns) -> None:
    """Prove that kinds and payloads follow from the scripts."""
    found = commitments(columns.output_scripts)
    wrong = np.flatnonzero(found.kinds != kinds_of(outputs))
    if not len(wrong):
        payloads = outputs["payload"].to_pylist()
        wrong = [row for row, payload in enumerate(payloads) if (payload or b"") != found.payloads[row]]
    if len(wrong):
        row = int(wrong[0])
        height, transaction = (outputs[name][row].as_py() for name in ("height", "tx_index"))
        raise DisprovenError(
            f"Block {height}, transaction {transaction}, output {outputs['output_index'][row].as_py()}: its script is "
            "not of the kind and account that its table gives"
        )
