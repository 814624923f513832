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

# Labels of mainnet: at most twelve addresses per exchange, known cold and hot wallets first, none that is disputed.
# They are compiled from openly licensed collections (GraphSense TagPacks and Dune Spellbook, both MIT). Three exchanges
# that are in neither have two or three addresses, which are facts, from DefiLlama's adapters. The column ``source`` has
# the collection and the file in it; ``confidence`` is copied from the collection, or ``unstated``.
BUILT_IN = SEEDS / "exchange_addresses.csv"
TAGPACK_ENDINGS = (".yaml", ".yml")
ENDINGS = (".csv", *TAGPACK_ENDINGS)
SETTING = "SATLEDGER_LABELS"
TWICE = "an address that is labelled before"

AddressProblem = Callable[[str], str | None]


@dataclass(frozen=True)
class LabelSet:
    """Labels ordered by address, one per address, and a record of what was read from each file."""

    labels: list[Label]
    intake: Intake


def label_files(path: Path, intake: Intake | None = None) -> list[Path]:
    """Return the label files of the user's setting: the file itself, or all CSV and YAML files below a folder.

    Args:
        path: the file or folder.
        intake: records what is skipped below a folder: hidden folders and files of other types.

    Raises:
        SatledgerError: there is no such file or folder, or it has no label files.
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

    If several files label an address, the label of the first of them is kept, so the order of ``files`` matters.

    Args:
        files: CSV files and TagPacks.
        address_problem: returns what is wrong with an address on the ledger's chain, or None.
        exchanges: the known exchanges, by default those of the seed.
        intake: records what is read from each file; if it has a user's setting, reading nothing is an error.

    Raises:
        SatledgerError: some rows are bad, or give one address to two exchanges (the message lists all of them); or
            nothing was read from the user's files.
    """
    exchanges, intake = exchanges or Exchanges(), intake or Intake("exchange labels")
    bad = BadRows("exchange labels")
    labels = validated(_read(files, exchanges, bad, intake), exchanges, address_problem, bad, intake)
    intake.refuse_if_nothing()
    return LabelSet(labels, intake)


def validated(
    labels: Iterable[Label], exchanges: Exchanges, address_problem: AddressProblem, bad: BadRows, intake: Intake
) -> list[Label]:
    """Return the labels, one per address and ordered by it, if none of them is bad.

    Raises:
        SatledgerError: see ``load_labels``.
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
    """Bech32 addresses may be in upper case, as in QR codes; the ledger has them in lower case."""
    small = label.address.lower()
    return replace(label, address=small) if label.address.isupper() and not address_problem(small) else label


def _read(files: Iterable[Path], exchanges: Exchanges, bad: BadRows, intake: Intake) -> Iterator[Label]:
    for file in files:
        intake.take(file, 0)
        read = read_tagpack if file.suffix.lower() in TAGPACK_ENDINGS else read_csv
        yield from read(file, exchanges, bad, intake)
