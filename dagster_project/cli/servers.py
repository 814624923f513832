"""Servers for a home: Dagster's web page and dbt's documentation."""

import os
import re
import subprocess
import sys

from rich.console import Console

from dagster_project.cli.display import Display
from dagster_project.cli.options import Part
from dagster_project.cli.quiet import quiet
from dagster_project.errors import SatledgerError
from dagster_project.instance import damaged_history, prepare, set_history_aside
from dagster_project.lake.manifest import held_days
from dagster_project.ports import refuse_taken
from dagster_project.progress import listening
from dagster_project.settings import DBT_PROJECT, PROJECT_ROOT, Settings
from dagster_project.warehouse.dbt_arguments import dbt_environment
from dagster_project.warehouse.state import built_days

_PREFIX = re.compile(r"(/[A-Za-z0-9._~-]+)+")
DBT = (sys.executable, "-P", "-c", "from dbt.cli.main import cli; cli()")


def serve_ui(settings: Settings, host: str, port: int, only: Part | None = None, path_prefix: str = "") -> None:
    """Run Dagster's web server and daemon, or one of the two, until interrupted.

    Args:
        settings: name the home.
        host: where the page listens.
        port: where the page listens.
        only: the one to run; None for both.
        path_prefix: of the page, behind a proxy that forwards only some paths.

    Raises:
        SatledgerError: the port is taken, the prefix is invalid, or the lake holds something that is no raw day.
    """
    if path_prefix and (only is not Part.PAGE or not _PREFIX.fullmatch(path_prefix)):
        raise SatledgerError(
            f"--path-prefix {path_prefix} cannot be used: give a path such as /dagster, together with --only page."
        )
    if only is not Part.DAEMON:
        # On a taken port Dagster's web server would end, and its daemon would wait for it.
        refuse_taken(host, port)
    prepare(settings)
    console = Console(stderr=True)
    # Checked here, because Dagster would continue without the project or end, each time with a traceback.
    held_days(settings.raw)
    with listening(Display(console)):
        set_history_aside(settings, damaged_history(settings))
    where = "Dagster's daemon" if only is Part.DAEMON else f"Dagster on http://{host}:{port}{path_prefix}"
    console.print(f"{where}, home {settings.home}; Ctrl-C ends it.")
    # Otherwise each process would warn about Dagster's preview and beta features.
    os.environ.setdefault("PYTHONWARNINGS", "ignore")
    # Processes that Dagster starts must find the project and its workspace, whatever folder the command was run in.
    os.chdir(PROJECT_ROOT)
    workspace = ["--workspace", str(PROJECT_ROOT / "workspace.yaml")]
    listen = ["--host", host, "--port", str(port)]
    commands = {
        None: ["-m", "dagster", "dev", *workspace, *listen],
        Part.PAGE: ["-m", "dagster_webserver", *workspace, *listen, "--path-prefix", path_prefix],
        Part.DAEMON: ["-c", "from dagster._daemon.cli import main; main()", "run", *workspace],
    }
    os.execv(sys.executable, [sys.executable, *commands[only]])


def serve_docs(settings: Settings, host: str, port: int) -> None:
    """Generate the documentation from the models and the warehouse; serve it until interrupted.

    Raises:
        SatledgerError: nothing is built, the port is taken, or the documentation cannot be generated.
    """
    if not built_days(settings.warehouse):
        raise SatledgerError(f"Nothing is built in {settings.home} yet: run `satledger build` or `satledger demo`.")
    refuse_taken(host, port)
    target = settings.home / "docs"
    folders = ["--project-dir", str(DBT_PROJECT), "--profiles-dir", str(DBT_PROJECT), "--target-path", str(target)]
    environment = os.environ | dbt_environment(settings)
    log = settings.home / "logs" / "docs.log"
    with quiet(log) as console:
        console.print("Making the documentation ...")
        made = subprocess.run([*DBT, "docs", "generate", *folders], env=environment, check=False)
    if made.returncode:
        raise SatledgerError(f"dbt could not make the documentation: {log} says why.")
    refuse_taken(host, port)
    Console(stderr=True).print(f"Documentation on http://{host}:{port}; Ctrl-C ends it.")
    serve = [*DBT, "docs", "serve", *folders, "--host", host, "--port", str(port), "--no-browser"]
    os.chdir(DBT_PROJECT)
    os.execve(sys.executable, serve, environment)
