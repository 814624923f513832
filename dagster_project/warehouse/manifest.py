"""dbt's manifest, from which Dagster reads the models; ``dbt parse`` renews it when it is older than the project."""

import json
import os
import shutil
from importlib import metadata
from pathlib import Path
from typing import Any

from filelock import FileLock

from dagster_project.errors import SatledgerError
from dagster_project.settings import DBT_PROJECT, SEEDS, Engine, Settings
from dagster_project.warehouse.dbt_arguments import call_dbt

# Folder of artefacts that are the same for every home: in the project, or in the home if the project is read-only.
_FOLDER = "target"
_NOT_SOURCES = {"target", "logs", "dbt_packages", ".user.yml"}


def newest_source(*roots: Path) -> float:
    """Time of the last change to a dbt project, in seconds since 1970; folders count, as they change with deletions."""
    paths = [
        path
        for root in roots
        for path in (root, *root.rglob("*"))
        if not _NOT_SOURCES & set(path.relative_to(root).parts)
    ]
    return max(path.stat().st_mtime for path in paths)


def is_fresh(manifest: Path, *roots: Path) -> bool:
    """Whether a manifest exists and nothing in the dbt project's folders has changed since it was parsed."""
    return _is_json(manifest) and manifest.stat().st_mtime >= newest_source(*roots)


def _is_json(path: Path) -> bool:
    """Whether a file is complete, by its first and last characters: parsing it takes 0.1 s, and is done later."""
    if not path.is_file() or path.stat().st_size < 2:
        return False
    with path.open("rb") as file:
        first = file.read(1)
        file.seek(-1, os.SEEK_END)
        return first + file.read(1) == b"{}"


def ensure_manifest(settings: Settings) -> Path:
    """Return the path of a manifest that describes the dbt project as it is now.

    Several processes may call this at once: one parses, the others wait and use its result.

    Raises:
        SatledgerError: the dbt project cannot be parsed; the message is dbt's.
    """
    target = _target(settings)
    manifest = target / "manifest.json"
    if not is_parsed(settings):
        target.mkdir(parents=True, exist_ok=True)
        with FileLock(target / "parse.lock"):
            if not is_parsed(settings):
                _parse(settings, manifest)
    return manifest


def is_parsed(settings: Settings) -> bool:
    """Whether there is a manifest that describes the dbt project as it is now, and the parsed project beside it."""
    target = _target(settings)
    return is_fresh(target / "manifest.json", DBT_PROJECT, SEEDS) and _parsed_file(target).is_file()


def _target(settings: Settings) -> Path:
    """The folder of the manifest; an installed project, as in a container image, may not be writable."""
    folder = DBT_PROJECT / _FOLDER
    writable = os.access(folder if folder.is_dir() else DBT_PROJECT, os.W_OK)
    return folder if writable else settings.home.resolve() / "dbt-project"


def parsed_project(settings: Settings) -> Path | None:
    """Return the file with the parsed project, which dbt reads instead of parsing; None on Spark.

    dbt's own cache is in the target folder and only valid for one path of the warehouse: the first build of a home
    would parse the project anew, which takes 3 s.

    Raises:
        SatledgerError: the dbt project cannot be parsed; the message is dbt's.
    """
    # The parsed project refers to the macros of the adapter for DuckDB.
    if settings.engine is not Engine.DUCKDB:
        return None
    return _parsed_file(ensure_manifest(settings).parent)


def _parsed_file(target: Path) -> Path:
    """The path has the versions of dbt, so that a new version does not read the file of an old one."""
    versions = "-".join(metadata.version(name) for name in ("dbt-core", "dbt-duckdb"))
    return target / f"parsed-{versions}.msgpack"


def load_manifest(path: Path) -> dict[str, Any]:
    """Read a manifest and set, for every singular test, the model that it checks in Dagster.

    This is the most downstream model that the test reads: once it is built, all others that the test reads are built
    too. If a single public view shows this model, the check belongs to the view.

    Raises:
        SatledgerError: the file is damaged.
    """
    try:
        manifest = json.loads(path.read_bytes())
    except ValueError:
        raise SatledgerError(f"{path} is damaged: remove it and run this again, which writes it anew.") from None
    for key, node in manifest["nodes"].items():
        if node["resource_type"] == "test" and not node.get("attached_node"):
            last = max(_built_parents(manifest, key), key=lambda model: (_depth(manifest, model), model))
            last = _shown_by(manifest, last) or last
            reference = {"ref": {"name": manifest["nodes"][last]["name"]}}
            node["config"]["meta"] = {"dagster": reference} | node["config"].get("meta", {})
            # dagster-dbt looks for checks among the children of a model, which lack tests that read it through
            # ephemeral models.
            manifest["child_map"][last] = sorted({*manifest["child_map"][last], key})
    return manifest


def public_models(manifest: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The models that are published, by name: those with ``meta: {public: true}``, in order of name."""
    models = (node for node in manifest["nodes"].values() if node["resource_type"] in ("model", "seed"))
    public = {node["name"]: node for node in models if _is_public(node)}
    return dict(sorted(public.items()))


def _built_parents(manifest: dict[str, Any], key: str) -> set[str]:
    """The models that a node reads, ephemeral ones replaced by their parents: Dagster has no ephemeral models."""
    parents = {parent for parent in manifest["parent_map"][key] if parent in manifest["nodes"]}
    ephemeral = {key for key in parents if manifest["nodes"][key]["config"].get("materialized") == "ephemeral"}
    return (parents - ephemeral).union(*(_built_parents(manifest, key) for key in ephemeral))


def _shown_by(manifest: dict[str, Any], model: str) -> str | None:
    """The only public view that reads a model that is not public; None if there is none, or more than one."""
    if _is_public(manifest["nodes"][model]):
        return None
    children = (manifest["nodes"][child] for child in manifest["child_map"][model] if child in manifest["nodes"])
    views = [
        node["unique_id"] for node in children if node["config"].get("materialized") == "view" and _is_public(node)
    ]
    return views[0] if len(views) == 1 else None


def _is_public(node: dict[str, Any]) -> bool:
    return bool(node["config"].get("meta", {}).get("public"))


def _depth(manifest: dict[str, Any], node: str) -> int:
    return 1 + max((_depth(manifest, parent) for parent in manifest["parent_map"].get(node, [])), default=0)


def _parse(settings: Settings, manifest: Path) -> None:
    target = manifest.parent
    aside = target / "parse"
    described = newest_source(DBT_PROJECT, SEEDS)
    # Always parsed for DuckDB: the manifest is the same for every engine.
    done = call_dbt(settings, Engine.DUCKDB, aside, "parse")
    if done.returncode:
        raise SatledgerError(f"The dbt project {DBT_PROJECT} cannot be parsed: {(done.stdout + done.stderr).strip()}")
    parsed = _parsed_file(target)
    for former in target.glob("parsed-*.msgpack"):
        if former != parsed:
            former.unlink()
    # A copy, because dbt reuses its own file at the next parse.
    shutil.copyfile(aside / "partial_parse.msgpack", aside / parsed.name)
    (aside / parsed.name).replace(parsed)
    # It gets the project's time from before the parse, so that a change during the parse is noticed.
    os.utime(aside / "manifest.json", (described, described))
    (aside / "manifest.json").replace(manifest)
