"""Dagster's configuration: the user's ``dagster.yaml``, completed with satledger's settings.

Dagster reads only ``dagster.yaml`` and has no include. So we write into the user's file: a setting of ours that is
missing is added, and one that the user has not changed is updated. What we last wrote is kept in ``satledger.yaml``;
the difference to it shows the user's own changes.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import yaml

from dagster_project.errors import SatledgerError
from dagster_project.inputs.yaml_limits import YamlLimitError, check_limits

OURS, THEIRS = "satledger.yaml", "dagster.yaml"

Sections = Mapping[str, Any]

_ABOUT_OURS = "# What satledger asks of Dagster: not to be edited. Your own settings belong into dagster.yaml.\n"
_ABOUT_THEIRS = (
    "# Dagster's settings. Those below are satledger's: it keeps the ones that you leave as they are up to date, and\n"
    "# puts back the ones that you take out. What you change or add is yours and stays.\n"
)
# Dagster takes either one storage for everything, or one for each of these.
_STORAGES = {"run_storage", "event_log_storage", "schedule_storage"}


def complete(folder: Path, ours_in: Callable[[Path], Sections]) -> None:
    """Write our settings into ``dagster.yaml``, and keep the user's as they are, with comments.

    Args:
        folder: Dagster's home.
        ours_in: returns our settings by section, the top level of the file, for a folder that is Dagster's home.

    Raises:
        SatledgerError: the user's file is not YAML, or has no sections.
    """
    path, known, ours = folder / THEIRS, folder / OURS, ours_in(folder)
    before = path.read_text(encoding="utf-8") if path.is_file() else None
    if before is None:
        text = _ABOUT_THEIRS + _dump(ours)
    else:
        theirs = _load(before, path)
        base = _load(known.read_text(encoding="utf-8"), known) if known.is_file() else _first_version(theirs, ours_in)
        text = _with(before, extended(theirs, base, ours))
    if text != before:
        _write(path, text)
    about_ours = _ABOUT_OURS + _dump(ours)
    if not known.is_file() or known.read_text(encoding="utf-8") != about_ours:
        _write(known, about_ours)


def extended(theirs: Sections, base: Sections, ours: Sections) -> Sections:
    """Return the user's sections merged with ours: what the user changed or added wins.

    Args:
        theirs: what the user's file holds.
        base: our sections as they were last written into that file.
        ours: our sections now.
    """
    taken = _STORAGES if "storage" in theirs else set()
    wanted = {name: value for name, value in ours.items() if name not in taken or name in theirs}
    return dict(theirs) | {
        name: _merged(theirs[name], base.get(name), value) if name in theirs else value
        for name, value in wanted.items()
    }


def _merged(theirs: object, base: object, ours: object) -> object:
    if theirs == base:
        return ours
    # A class and its configuration belong together: the user's own is taken unchanged.
    if not (isinstance(theirs, Mapping) and isinstance(ours, Mapping)) or "class" in {*theirs, *ours}:
        return theirs
    known = base if isinstance(base, Mapping) else {}
    return dict(theirs) | {
        name: _merged(theirs[name], known.get(name), value) if name in theirs else value for name, value in ours.items()
    }


def _first_version(theirs: Sections, ours_in: Callable[[Path], Sections]) -> Sections:
    """What satledger wrote into a file before it kept ``satledger.yaml``: the same, but for the folder of that time."""
    section = theirs.get("run_storage")
    config = section.get("config") if isinstance(section, Mapping) else None
    then = config.get("base_dir") if isinstance(config, Mapping) else None
    return ours_in(Path(then).parent) if isinstance(then, str) else {}


def _with(text: str, wanted: Sections) -> str:
    """The text of a file, with only those sections changed that differ from what is wanted."""
    if yaml.safe_load(text) == wanted:
        return text
    lines = text.splitlines()
    now = yaml.safe_load(text) or {}
    for name, (first, end) in reversed(_places(text).items()):
        if now[name] != wanted[name]:
            lines[first:end] = _dump({name: wanted[name]}).splitlines()
    missing = {name: value for name, value in wanted.items() if name not in now}
    changed = "\n".join([*lines, *(_dump(missing).splitlines() if missing else [])]) + "\n"
    try:
        if yaml.safe_load(changed) == wanted:
            return changed
    except yaml.YAMLError:
        # Written in YAML's flow style, {...}: it cannot be changed line by line.
        return _dump(wanted)
    return _dump(wanted)


def _places(text: str) -> dict[str, tuple[int, int]]:
    """The sections of a file in their order, each with its first line and the one after its last."""
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    if not isinstance(root, yaml.MappingNode):
        return {}
    lines = text.splitlines()
    starts = [key.start_mark.line for key, _ in root.value]
    places: dict[str, tuple[int, int]] = {}
    for (key, _), start, end in zip(root.value, starts, [*starts[1:], len(lines)], strict=True):
        # Blank lines and comments after a section belong to the next one.
        while end > start + 1 and (not lines[end - 1].strip() or lines[end - 1].startswith("#")):
            end -= 1
        places[key.value] = (start, end)
    return places


def _load(text: str, path: Path) -> Sections:
    try:
        check_limits(text)
        loaded = yaml.safe_load(text)
    except YamlLimitError as error:
        raise SatledgerError(f"{path}, line {error.line}: {error.problem}; mend it, or remove it.") from None
    except yaml.YAMLError as error:
        raise SatledgerError(f"{path} is not YAML: mend it, or remove it ({' '.join(str(error).split())}).") from None
    if loaded is None:
        return {}
    if not isinstance(loaded, dict):
        raise SatledgerError(f"{path} has no sections such as `retention:`: mend it, or remove it.")
    return loaded


def _dump(sections: Sections) -> str:
    return yaml.safe_dump(dict(sections), sort_keys=False)


def _write(path: Path, text: str) -> None:
    # A symbolic link is kept.
    path = path.resolve()
    aside = path.with_name(f".{path.name}.aside")
    aside.write_text(text, encoding="utf-8")
    aside.replace(path)
