"""The dbt project as dbt parses it: once, when the process imports this module from which others are forked."""

import tempfile

# DuckDB imports it when it first calls a function of ours.
import pyarrow.dataset  # noqa: F401
from dbt.cli.main import dbtRunner
from dbt.contracts.graph.manifest import Manifest

from dagster_project.settings import DBT_PROJECT

FOLDERS = ("--project-dir", str(DBT_PROJECT), "--profiles-dir", str(DBT_PROJECT))


def _parse() -> Manifest:
    with tempfile.TemporaryDirectory() as folder:
        done = dbtRunner().invoke(["--quiet", "parse", *FOLDERS, "--target-path", folder, "--log-path", folder])
    assert isinstance(done.result, Manifest), done.exception
    return done.result


MANIFEST = _parse()
