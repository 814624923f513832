"""All labels that a build uses: the built-in starter set and the user's own, validated together."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from dagster_project.errors import SatledgerError
from dagster_project.inputs.bad_rows import BadRows
from dagster_project.inputs.folder import input_files
from dagster_project.inputs.intake import Intake
from dagster_project.labels.csv_file import read_csv
from dagster_project.labels.model import Exchanges, Label
from dagster_project.labels.tagpack import read_tagpack
from dagster_project.settings import SEEDS

# Labels of mainnet: at most twelve addresses for an exchange, known cold and hot wallets first, none that is disputed.
# They are compiled from openly licensed collections (GraphSense TagPacks and Dune Spellbook, both MIT); three exchanges
# that those do not know have two or three addresses, as facts, from DefiLlama's adapters. A source is a collection and
# the file in it; a confidence is the collection's own word, or unstated.
BUILT_IN = SEEDS / "exchange_addresses.csv"
TAGPACK_ENDINGS = (".yaml", ".yml")
ENDINGS = (".csv", *TAGPACK_ENDINGS)
SETTING = "SATLEDGER_LABELS"
TWICE = "an address that is labelled before"

AddressProblem = Callable[[str], str | None]


@dataclass(frozen=True)
class LabelSet:
    """Labels ordered by address, one for each, and what the files contributed."""

    labels: list[Label]
    intake: Intake


def label_files(path: Path, intake: Intake | None = None) -> list[Path]:
    """Return the label files that a user's setting names: the file itself, or all CSV and YAML files below a folder.

    Args:
        path: the file or folder.
        intake: takes what else there is below a folder: hidden folders and files of other kinds.

    Raises:
        SatledgerError: there is no such file or folder, or it holds no labels.
    """
    if not path.exists():
        raise SatledgerError(f"There are no labels at {path}: set {SETTING} to a CSV file or a folder.")
    files = input_files(path, ENDINGS, intake or Intake("exchange labels", path, SETTING), nested=True)
    if not files or any(file.suffix.lower() not in ENDINGS for file in files):
        raise SatledgerError(f"The labels at {path} are no CSV file and no folder that holds CSV files or TagPacks.")
    return files


def load_labels(
    files: Iterable[Path],
    address_problem: AddressProblem,
    exchanges: Exchanges | None = None,
    intake: Intake | None = None,
) -> LabelSet:
    """Read, validate and merge label files.

    Where files say the same of an address, the label of the earlier file is kept, so the order of ``files`` decides.

    Args:
        files: CSV files and TagPacks.
        address_problem: says what is wrong with an address on the ledger's chain, or nothing.
        exchanges: the known exchanges, by default those of the seed.
        intake: takes what each file contributed; one that names a user's setting refuses to have nothing of it.

    Raises:
        SatledgerError: some rows are bad, or give one address to two exchanges, and all of them are named; or nothing
            was taken of what the user named.
    """
    exchanges, intake = exchanges or Exchanges(), intake or Intake("exchange labels")
    bad = BadRows("exchange labels")
    labels = validated(_read(files, exchanges, bad, intake), exchanges, address_problem, bad, intake)
    intake.refuse_if_nothing()
    return LabelSet(labels, intake)


def validated(
    labels: Iterable[Label], exchanges: Exchanges, address_problem: AddressProblem, bad: BadRows, intake: Intake
) -> list[Label]:
    """Return the labels by address, one for each, after refusing all that is bad among them.

    Raises:
        SatledgerError: as ``load_labels``.
    """
    kept: dict[str, Label] = {}
    for read in labels:
        label = _in_ledger_case(read, address_problem)
        if problem := address_problem(label.address):
            bad.add(label.file, label.line, f"{label.address}: {problem}")
            continue
        first = kept.setdefault(label.address, label)
        if first.exchange_code != label.exchange_code:
            names = [f"{exchanges.names[each.exchange_code]} ({each.exchange_code})" for each in (label, first)]
            bad.add(
                label.file,
                label.line,
                f"{label.address} is given to {names[0]} here and to {names[1]} in {first.file}, line {first.line}",
            )
        elif first is label:
            intake.take(label.file)
        else:
            intake.leave(label.file, TWICE)
    bad.refuse()
    return [kept[address] for address in sorted(kept)]


def _in_ledger_case(label: Label, address_problem: AddressProblem) -> Label:
    """Bech32 may be written in capitals, as QR codes have it; the ledger knows it in small letters."""
    small = label.address.lower()
    return replace(label, address=small) if label.address.isupper() and not address_problem(small) else label


def _read(files: Iterable[Path], exchanges: Exchanges, bad: BadRows, intake: Intake) -> Iterator[Label]:
    for file in files:
        intake.take(file, 0)
        read = read_tagpack if file.suffix.lower() in TAGPACK_ENDINGS else read_csv
        yield from read(file, exchanges, bad, intake)
