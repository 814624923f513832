"""dbt's manifest, from which Dagster knows the models: made by ``dbt parse`` when it is older than the project."""

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

# Of dbt's artefacts that hold for every home, in the project, or in the home where nobody may write there.
_FOLDER = "target"
_NOT_SOURCES = {"target", "logs", "dbt_packages", ".user.yml"}


def newest_source(*roots: Path) -> float:
    """Time of the last change to a dbt project, in seconds since 1970; a folder changes when a file of it goes."""
    paths = [
        path
        for root in roots
        for path in (root, *root.rglob("*"))
        if not _NOT_SOURCES & set(path.relative_to(root).parts)
    ]
    return max(path.stat().st_mtime for path in paths)


def is_fresh(manifest: Path, *roots: Path) -> bool:
    """Whether a manifest exists and nothing in the dbt project's folders has changed since what it describes."""
    return _is_json(manifest) and manifest.stat().st_mtime >= newest_source(*roots)


def _is_json(path: Path) -> bool:
    """Whether a file is whole, by its first and last characters: to parse all of it takes 0.1 s, and is done later."""
    if not path.is_file() or path.stat().st_size < 2:
        return False
    with path.open("rb") as file:
        first = file.read(1)
        file.seek(-1, os.SEEK_END)
        return first + file.read(1) == b"{}"


def ensure_manifest(settings: Settings) -> Path:
    """Return the path of a manifest that describes the dbt project as it is now.

    Several processes may ask at once: one parses, the others wait and take its result.

    Raises:
        SatledgerError: the dbt project cannot be parsed; the message is dbt's.
    """
    target = _target(settings)
    manifest = target / "manifest.json"
    if not _is_parsed(manifest):
        target.mkdir(parents=True, exist_ok=True)
        with FileLock(target / "parse.lock"):
            if not _is_parsed(manifest):
                _parse(settings, manifest)
    return manifest


def _target(settings: Settings) -> Path:
    """The folder of the manifest: an installed project, as in an image, may belong to another user than who runs it."""
    folder = DBT_PROJECT / _FOLDER
    writable = os.access(folder if folder.is_dir() else DBT_PROJECT, os.W_OK)
    return folder if writable else settings.home.resolve() / "dbt-project"


def parsed_project(settings: Settings) -> Path | None:
    """Return the file of the project as dbt has parsed it, for dbt to take instead of parsing; None on Spark.

    dbt's own memory of a parse lies in the target folder and holds for one path of the warehouse only: the first build
    of a home would parse the project anew, which takes 3 s.

    Raises:
        SatledgerError: the dbt project cannot be parsed; the message is dbt's.
    """
    # It names the adapter's macros, and is parsed with those for DuckDB.
    if settings.engine is not Engine.DUCKDB:
        return None
    return _parsed_file(ensure_manifest(settings).parent)


def _parsed_file(target: Path) -> Path:
    """Named by what else dbt's parse depends on: an update of dbt must not read what another version wrote."""
    versions = "-".join(metadata.version(name) for name in ("dbt-core", "dbt-duckdb"))
    return target / f"parsed-{versions}.msgpack"


def _is_parsed(manifest: Path) -> bool:
    return is_fresh(manifest, DBT_PROJECT, SEEDS) and _parsed_file(manifest.parent).is_file()


def load_manifest(path: Path) -> dict[str, Any]:
    """Read a manifest and name, for every test of its own SQL, the model whose check it is in Dagster.

    That is the model furthest down of those it reads: once that is built, all that the test compares is there. Where
    people know this table by one public view on it, they find the check at the view.
    """
    manifest = json.loads(path.read_text(encoding="utf-8"))
    for key, node in manifest["nodes"].items():
        if node["resource_type"] == "test" and not node.get("attached_node"):
            last = max(_built_parents(manifest, key), key=lambda model: (_depth(manifest, model), model))
            last = _shown_by(manifest, last) or last
            reference = {"ref": {"name": manifest["nodes"][last]["name"]}}
            node["config"]["meta"] = {"dagster": reference} | node["config"].get("meta", {})
            # dagster-dbt looks for checks among the children that dbt knows; those of ephemeral models are not there.
            manifest["child_map"][last] = sorted({*manifest["child_map"][last], key})
    return manifest


def public_models(manifest: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The models that are published, by name: those with ``meta: {public: true}``, in order of name."""
    models = (node for node in manifest["nodes"].values() if node["resource_type"] in ("model", "seed"))
    public = {node["name"]: node for node in models if _is_public(node)}
    return dict(sorted(public.items()))


def _built_parents(manifest: dict[str, Any], key: str) -> set[str]:
    """The models that a node reads, with those in place of ephemeral ones that these read: Dagster has no others."""
    parents = {parent for parent in manifest["parent_map"][key] if parent in manifest["nodes"]}
    ephemeral = {key for key in parents if manifest["nodes"][key]["config"].get("materialized") == "ephemeral"}
    return (parents - ephemeral).union(*(_built_parents(manifest, key) for key in ephemeral))


def _shown_by(manifest: dict[str, Any], model: str) -> str | None:
    """The only public view that reads a model, which is not public itself; None where there is none, or a choice."""
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
    # The same whatever runs the models: what is parsed for one engine describes the models of all.
    done = call_dbt(settings, Engine.DUCKDB, aside, "parse")
    if done.returncode:
        raise SatledgerError(f"The dbt project {DBT_PROJECT} cannot be parsed: {(done.stdout + done.stderr).strip()}")
    parsed = _parsed_file(target)
    for former in target.glob("parsed-*.msgpack"):
        if former != parsed:
            former.unlink()
    # A copy, because dbt goes on from its own file at the next parse.
    shutil.copyfile(aside / "partial_parse.msgpack", aside / parsed.name)
    (aside / parsed.name).replace(parsed)
    # Dated as the project was before the parse, so that a change made meanwhile is seen.
    os.utime(aside / "manifest.json", (described, described))
    (aside / "manifest.json").replace(manifest)
