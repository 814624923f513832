"""What may enter the lake where a source lacks something, and what is said of it."""

import copy
import re
from pathlib import Path

import dagster as dg
import pytest

from dagster_project.chain.assets import raw_days
from dagster_project.chain.checks import raw_days_proven
from dagster_project.chain.sources import open_source
from dagster_project.days import Days
from dagster_project.errors import DisprovenError, SatledgerError
from dagster_project.lake.manifest import Manifest, held_manifests
from dagster_project.lake.proofs import proven_of_all, unproven, unusual
from dagster_project.lake.read import day_columns, day_tables
from dagster_project.lake.verify import verify_days
from dagster_project.planning.requests import range_tags
from dagster_project.resources import SettingsResource
from dagster_project.settings import ProofMode, Settings
from tests.chain.lake import Row, changed, extract_all, files_settings, raw_files, write_export
from tests.reference.chains import ChainOptions, RandomChain, build_chain

OF_HEADERS = ["block ids", "links", "proof of work", "targets", "header times"]
OF_CONTENTS = ["transaction ids", "Merkle roots", "sizes"]
COMMITMENTS = "witness commitments"
NOT_TOLD = dict.fromkeys([COMMITMENTS, "sizes of witnesses"], "the source does not tell witnesses")


@pytest.fixture(scope="module")
def chain() -> RandomChain:
    """Some days with witnesses on most of them."""
    return build_chain(ChainOptions(seed=9, blocks=60, days=8, payments=4))


@pytest.fixture(scope="module")
def honest(chain: RandomChain, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A lake of all that the chain has."""
    settings = exported(tmp_path_factory.mktemp("honest"), chain.blocks, chain.transactions, ProofMode.REQUIRED)
    extract_all(settings)
    return settings


@pytest.fixture(scope="module")
def height(chain: RandomChain, honest: Settings) -> int:
    """A block that has witnesses, and spends an output with a script, on a day between others."""
    days = [manifest for manifest in held_manifests(honest.raw) if manifest.first_height is not None][1:-1]
    settled = range(min(day.first_height or 0 for day in days), max(day.last_height or 0 for day in days))
    return next(
        row["block_number"]
        for row in chain.transactions
        if row["block_number"] in settled
        and row["virtual_size"] < row["size"]
        and any(spent["script_hex"] for spent in row["inputs"])
    )


def exported(folder: Path, blocks: list[Row], transactions: list[Row], mode: ProofMode) -> Settings:
    """Settings that read these rows."""
    write_export(folder / "export", blocks, transactions)
    return changed(files_settings(folder / "home", folder / "export"), proof=mode)


def committed(chain: RandomChain) -> set[int]:
    """Heights of the blocks that commit to witnesses."""
    return {
        row["block_number"]
        for row in chain.transactions
        if row["is_coinbase"] and any(output["script_hex"].startswith("6a24aa21a9ed") for output in row["outputs"])
    }


def lacking(chain: RandomChain, height: int, field: str) -> list[Row]:
    """The chain's transactions; in one block they lack a field, of the inputs where these have it."""
    rows = copy.deepcopy(chain.transactions)
    for row in rows:
        if row["block_number"] == height:
            for part in [row, *row["inputs"]]:
                part.pop(field, None)
    return rows


def virtual_sizes(settings: Settings, manifest: Manifest) -> list[int]:
    columns, _ = day_columns(day_tables(settings.raw, manifest))
    return ((3 * columns.transaction_stripped_sizes + columns.transaction_sizes + 3) // 4).tolist()


@pytest.mark.parametrize("field", ["script_hex", "sequence", "version", "lock_time"])
def test_only_the_day_that_lacks_a_field_is_unproven(
    chain: RandomChain, honest: Settings, height: int, tmp_path: Path, field: str
) -> None:
    rows = lacking(chain, height, field)
    name = f"{field} of inputs" if field in ("script_hex", "sequence") else field
    settings = exported(tmp_path, chain.blocks, rows, ProofMode.REQUIRED)
    with pytest.raises(
        SatledgerError, match=rf"^Block {height} cannot be proven: the source lacks {name} \(transaction"
    ):
        extract_all(settings)
    settings = changed(settings, proof=ProofMode.WHERE_POSSIBLE)
    extract_all(settings)
    for ours, true in zip(held_manifests(settings.raw), held_manifests(honest.raw), strict=True):
        assert ours.first_height == true.first_height and ours.day == true.day
        if (true.first_height or 0) <= height <= (true.last_height or -1):
            why = f"the source lacks {name}"
            assert ours.proof.checked == [*OF_HEADERS, "Merkle roots"]
            assert ours.proof.unproven == true.proof.unproven | {"transaction ids": why, "sizes": why}
            # What is counted with stays true: the source says it.
            assert virtual_sizes(settings, ours) == virtual_sizes(honest, true)
        else:
            assert ours.proof == true.proof and ours.files == true.files
            checked = [*OF_CONTENTS, *([] if ours.proof.unproven else [COMMITMENTS])] if ours.blocks else []
            assert ours.proof.checked == [*OF_HEADERS, *checked]
    assert [day.differences for day in verify_days(settings, held_manifests(settings.raw))] == [[]] * len(
        held_manifests(honest.raw)
    )


def test_witnesses_that_the_source_does_not_tell_are_unproven(
    chain: RandomChain, honest: Settings, height: int, tmp_path: Path
) -> None:
    found = committed(chain)
    assert found and found != set(range(60))
    for manifest in held_manifests(honest.raw):
        heights = range(manifest.first_height or 0, (manifest.last_height or -1) + 1)
        assert manifest.proof.unproven == (NOT_TOLD if found.intersection(heights) else {})
        assert (COMMITMENTS in manifest.proof.checked) == (manifest.blocks > 0 and not manifest.proof.unproven)
    # This is what cannot be seen then: a byte of witness more in the block, and all sizes fitting it.
    blocks, rows = copy.deepcopy(chain.blocks), copy.deepcopy(chain.transactions)
    lie = next(
        row for row in rows
        if row["block_number"] == height and not row["is_coinbase"] and row["virtual_size"] < row["size"]
    )  # fmt: skip
    of_block = next(row for row in blocks if row["number"] == height)
    for part in (lie, of_block):
        part["size"] += 4
    of_block["weight"] += 4
    lie["virtual_size"] += 1
    extract_all(exported(tmp_path, blocks, rows, ProofMode.REQUIRED))


def test_what_is_not_said_at_all_is_taken_to_have_no_witnesses(chain: RandomChain, height: int, tmp_path: Path) -> None:
    rows = lacking(chain, height, "script_hex")
    for row in rows:
        row.pop("virtual_size")
    settings = exported(tmp_path, chain.blocks, rows, ProofMode.WHERE_POSSIBLE)
    extract_all(settings)
    manifest = next(m for m in held_manifests(settings.raw) if (m.first_height or 0) <= height <= (m.last_height or -1))
    columns, _ = day_columns(day_tables(settings.raw, manifest))
    block = columns.block_part(height - (manifest.first_height or 0), height - (manifest.first_height or 0) + 1)
    assert block.transaction_stripped_sizes.tolist() == block.transaction_sizes.tolist()


@pytest.mark.parametrize("change", ["size", "virtual_size"])
def test_a_block_that_cannot_be_proven_does_not_let_lies_of_others_in(
    chain: RandomChain, height: int, tmp_path: Path, change: str
) -> None:
    rows = lacking(chain, height, "script_hex")
    lie = next(row for row in rows if row["block_number"] == height + 1)
    lie[change] += 1
    with pytest.raises(DisprovenError, match=rf"^Block {height + 1}[:,]"):
        extract_all(exported(tmp_path, chain.blocks, rows, ProofMode.WHERE_POSSIBLE))


def test_without_proof_anything_enters_and_is_marked(chain: RandomChain, height: int, tmp_path: Path) -> None:
    rows = copy.deepcopy(chain.transactions)
    lie = next(row for row in rows if row["block_number"] == height and not row["is_coinbase"])
    lie["outputs"][0]["value"] -= 1
    lie["output_value"] -= 1
    settings = exported(tmp_path, chain.blocks, rows, ProofMode.REQUIRED)
    with pytest.raises(DisprovenError):
        extract_all(settings)
    assert raw_files(settings) == {}
    settings = changed(settings, proof=ProofMode.OFF)
    extract_all(settings)
    for manifest in held_manifests(settings.raw):
        assert manifest.proof.checked == []
        assert manifest.proof.unproven == {"everything": "SATLEDGER_PROOF was off"}


@pytest.mark.parametrize("mode", ProofMode)
def test_a_transaction_without_its_size_is_refused_in_every_mode(
    chain: RandomChain, height: int, tmp_path: Path, mode: ProofMode
) -> None:
    rows = lacking(chain, height, "size")
    with pytest.raises(SatledgerError, match=r"transactions\.json, line \d+: size is missing or null: export"):
        extract_all(exported(tmp_path, chain.blocks, rows, mode))


def checked(settings: Settings, monkeypatch: pytest.MonkeyPatch, mode: ProofMode) -> dg.AssetCheckEvaluation:
    """What Dagster shows of the proof of all days, which are read in a run."""
    days = [manifest.day for manifest in held_manifests(settings.raw)]
    for name, value in {
        "HOME": settings.home, "CHAIN": "regtest", "SOURCE": "files", "FILES": settings.files, "PROOF": mode,
    }.items():  # fmt: skip
        monkeypatch.setenv(f"SATLEDGER_{name}", str(value))
    resources = {"settings": SettingsResource()}
    tags = range_tags(Days(days[0], days[-1]))
    result = dg.materialize([raw_days, raw_days_proven], resources=resources, tags=tags)
    (evaluation,) = result.get_asset_check_evaluations()
    assert result.success and evaluation.severity is dg.AssetCheckSeverity.WARN
    return evaluation


def test_dagster_shows_what_was_proven(honest: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    evaluation = checked(honest, monkeypatch, ProofMode.REQUIRED)
    proven = ", ".join([*OF_HEADERS, *OF_CONTENTS])
    assert evaluation.passed and evaluation.description == f"proven: {proven}"
    assert evaluation.metadata["proven of all blocks"].value == proven
    manifests = held_manifests(honest.raw)
    told = str(evaluation.metadata["not proven"].value)
    why = NOT_TOLD[COMMITMENTS]
    assert re.fullmatch(rf"not proven of \d+ days \([-0-9, to]+\): {', '.join(NOT_TOLD)}, for {why}", told)
    assert unusual(manifests) == [] and proven_of_all([]) == [] and unproven([]) == []


def test_dagster_warns_of_days_that_were_let_in(
    chain: RandomChain, height: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = lacking(chain, height, "script_hex")
    settings = exported(tmp_path, chain.blocks, rows, ProofMode.WHERE_POSSIBLE)
    extract_all(settings)
    (manifest,) = (m for m in held_manifests(settings.raw) if (m.first_height or 0) <= height <= (m.last_height or -1))
    evaluation = checked(settings, monkeypatch, ProofMode.WHERE_POSSIBLE)
    why = "for the source lacks script_hex of inputs"
    assert not evaluation.passed and evaluation.description == (
        f"not proven of 1 day ({manifest.day}): transaction ids, sizes, {why}"
    )
    assert evaluation.metadata["proven of all blocks"].value == ", ".join([*OF_HEADERS, "Merkle roots"])


def test_dagster_warns_of_days_without_proof(
    chain: RandomChain, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = exported(tmp_path, chain.blocks, chain.transactions, ProofMode.OFF)
    extract_all(settings)
    evaluation = checked(settings, monkeypatch, ProofMode.OFF)
    assert not evaluation.passed and "everything, for SATLEDGER_PROOF was off" in (evaluation.description or "")
    assert evaluation.metadata["proven of all blocks"].value == "nothing"


def test_days_without_the_days_before_lack_what_these_tell(
    chain: RandomChain, honest: Settings, height: int, tmp_path: Path
) -> None:
    settings = exported(tmp_path, chain.blocks, chain.transactions, ProofMode.REQUIRED)
    source, true = open_source(settings), held_manifests(honest.raw)
    place = next(
        number for number, each in enumerate(true) if (each.first_height or 0) <= height <= (each.last_height or -1)
    )
    days = [manifest.day for manifest in true]
    (alone,) = source.extract(days[place : place + 1])
    why = "the lake did not hold the blocks before"
    assert alone.proof.unproven == NOT_TOLD | {"targets": why, "header times": why}
    assert alone.proof.checked == ["block ids", "links", "proof of work", *OF_CONTENTS]
    assert [each.parts for each in unusual([alone])] == [["targets", "header times"]]
    assert raw_files(settings) == {
        name: data for name, data in raw_files(honest).items() if days[place].isoformat() in name
    }
    list(open_source(settings).extract(days[:place]))
    (again,) = open_source(settings).extract([days[place]])
    assert again.proof == true[place].proof
