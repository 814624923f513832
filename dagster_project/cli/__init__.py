"""The command ``satledger``."""

import sys
from importlib import metadata
from typing import Annotated

import typer
from pydantic import ValidationError
from rich.console import Console

from dagster_project.errors import SatledgerError

app = typer.Typer(
    help="An open warehouse for Bitcoin: a double-entry ledger in which every satoshi balances, and daily metrics.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

DONE, FAILED, WRONG_USE = 0, 1, 2


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"satledger {metadata.version('satledger')}")
        raise typer.Exit


@app.callback()
def general(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version, and end.")
    ] = False,
) -> None:
    """Take what belongs to no command."""


def main() -> None:
    """Run the command line; exits with 0 when done, 1 when it failed, 2 when it was used wrongly."""
    # Late, because the commands need the app that this module makes.
    from dagster_project.cli import commands, serve

    assert commands
    assert serve
    errors = Console(stderr=True)
    try:
        app()
    except SatledgerError as error:
        errors.print(f"satledger: {error}", markup=False, highlight=False, style="red", soft_wrap=True)
        sys.exit(FAILED)
    except ValidationError as error:
        # Never the values: one of them is the node's address, which may hold a password.
        for problem in error.errors(include_input=False, include_url=False):
            name = f"SATLEDGER_{'_'.join(str(part) for part in problem['loc'])}".upper()
            errors.print(
                f"satledger: {name} is not usable: {problem['msg']}.", markup=False, style="red", soft_wrap=True
            )
        sys.exit(WRONG_USE)
