"""Whether the files of labels, prices and headers changed since they were read.

Only names, sizes and modification times are compared: the sensor runs every ten minutes, and the headers of one chain
alone may be gigabytes of CSV.
"""

import hashlib
from collections.abc import Iterator
from pathlib import Path

from dagster_project.settings import SEEDS, Settings

# The metadata key of the digest in each materialisation of an input.
FILES_READ = "files read"

_SERVICE = ("http://", "https://")
# The lake's table of an input; where it is missing, the input was not read.
_TABLES = {"exchange_labels": "labels/exchange_addresses.parquet", "prices": "prices/prices.parquet"}


def files_read(settings: Settings, name: str) -> str:
    """Return a digest of the current files of an input, and of the setting that names them.

    Args:
        settings: name the files.
        name: of the input: ``exchange_labels``, ``prices`` or ``block_headers``.
    """
    place = _place(settings, name)
    lines = [settings.resolved_chain.value, *_setting(settings, name)]
    if place is not None:
        lines += _stamps(place)
    # These come with satledger; their times are those of the installation, so their content is hashed.
    lines += [hashlib.sha256(seed.read_bytes()).hexdigest() for seed in sorted(SEEDS.glob("exchange*.csv"))]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def asks_services(settings: Settings, name: str) -> bool:
    """Whether an input is read over the network."""
    if name == "prices":
        return settings.prices is not None and settings.prices.startswith(_SERVICE)
    return name == "block_headers" and bool(settings.header_nodes)


def is_in_lake(lake: Path, name: str) -> bool:
    """Whether the lake has the table of an input; headers have one for each chain and month, or none."""
    return name not in _TABLES or (lake / _TABLES[name]).is_file()


def _setting(settings: Settings, name: str) -> list[str]:
    """The setting that names the files or services, as lines of the digest."""
    if name == "exchange_labels":
        return [str(settings.labels)]
    if name == "prices":
        return [str(settings.prices)]
    nodes = [f"{asset} {url.get_secret_value()}" for asset, url in sorted(settings.header_nodes.items())]
    return [str(settings.headers), *nodes]


def _place(settings: Settings, name: str) -> Path | None:
    if name == "prices":
        return Path(settings.prices) if settings.prices and not asks_services(settings, name) else None
    return settings.labels if name == "exchange_labels" else settings.headers


def _stamps(place: Path) -> Iterator[str]:
    paths = sorted(place.rglob("*")) if place.is_dir() else [place]
    for path in paths:
        try:
            status = path.stat()
        except OSError:
            # Removed meanwhile, or not readable: reading the input will report it.
            yield f"{path} is not there"
            continue
        if path.is_file():
            yield f"{path.relative_to(place)} {status.st_size} {status.st_mtime_ns}"
