"""All labels that a build uses: the built-in starter set and the user's own, validated together."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from dagster_project.errors import SatledgerError
from dagster_project.inputs.bad_rows import BadRows
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

AddressProblem = Callable[[str], str | None]


@dataclass(frozen=True)
class LabelSet:
    """Labels ordered by address, one for each, and the number of TagPack entries left aside by reason."""

    labels: list[Label]
    ignored: Counter[str]


def label_files(path: Path) -> list[Path]:
    """Return the label files that a user's setting names: the file itself, or all CSV and YAML files below a folder.

    Raises:
        SatledgerError: there is no such file or folder, or it holds no labels.
    """
    if path.is_file():
        files = [path]
    elif path.is_dir():
        files = sorted(file for file in path.rglob("*") if file.is_file() and file.suffix.lower() in ENDINGS)
    else:
        raise SatledgerError(f"There are no labels at {path}: set SATLEDGER_LABELS to a CSV file or a folder.")
    if not files or any(file.suffix.lower() not in ENDINGS for file in files):
        raise SatledgerError(f"The labels at {path} are no CSV file and no folder that holds CSV files or TagPacks.")
    return files


def load_labels(files: Iterable[Path], address_problem: AddressProblem, exchanges: Exchanges | None = None) -> LabelSet:
    """Read, validate and merge label files.

    Where files say the same of an address, the label of the earlier file is kept, so the order of ``files`` decides.

    Args:
        files: CSV files and TagPacks.
        address_problem: says what is wrong with an address on the ledger's chain, or nothing.
        exchanges: the known exchanges, by default those of the seed.

    Raises:
        SatledgerError: some rows are bad, or give one address to two exchanges; all of them are named.
    """
    exchanges = exchanges or Exchanges()
    bad, ignored = BadRows("exchange labels"), Counter[str]()
    return LabelSet(validated(_read(files, exchanges, bad, ignored), exchanges, address_problem, bad), ignored)


def validated(
    labels: Iterable[Label], exchanges: Exchanges, address_problem: AddressProblem, bad: BadRows
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
    bad.refuse()
    return [kept[address] for address in sorted(kept)]


def _in_ledger_case(label: Label, address_problem: AddressProblem) -> Label:
    """Bech32 may be written in capitals, as QR codes have it; the ledger knows it in small letters."""
    small = label.address.lower()
    return replace(label, address=small) if label.address.isupper() and not address_problem(small) else label


def _read(files: Iterable[Path], exchanges: Exchanges, bad: BadRows, ignored: Counter[str]) -> Iterator[Label]:
    for file in files:
        if file.suffix.lower() in TAGPACK_ENDINGS:
            yield from read_tagpack(file, exchanges, bad, ignored)
        else:
            yield from read_csv(file, exchanges, bad)
