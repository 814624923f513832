"""The command ``satledger``."""

import re
import sys
from importlib import metadata
from json import JSONDecodeError
from typing import Annotated

import typer
from pydantic import ValidationError
from pydantic_settings import SettingsError
from rich.console import Console

from dagster_project.errors import SatledgerError, file_sentence

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
    """Options that belong to no command."""


def main() -> None:
    """Run the command line. The exit code is 0 on success, 1 on failure, 2 on wrong usage."""
    # Imported late, because the commands need the app of this module.
    from dagster_project.cli import commands, lake_commands, serve

    assert commands
    assert lake_commands
    assert serve
    errors = Console(stderr=True)
    try:
        app()
    except SatledgerError as error:
        errors.print(f"satledger: {error}", markup=False, highlight=False, style="red", soft_wrap=True)
        sys.exit(FAILED)
    except SettingsError as error:
        errors.print(f"satledger: {_not_json(error)}", markup=False, style="red", soft_wrap=True)
        sys.exit(WRONG_USE)
    except OSError as error:
        errors.print(f"satledger: {file_sentence(error)}", markup=False, highlight=False, style="red", soft_wrap=True)
        sys.exit(FAILED)
    except ValidationError as error:
        # Values are never shown: one of them is the node's address, which may hold a password.
        for problem in error.errors(include_input=False, include_url=False):
            name = f"SATLEDGER_{'_'.join(str(part) for part in problem['loc'])}".upper()
            errors.print(
                f"satledger: {name} is not usable: {problem['msg']}.", markup=False, style="red", soft_wrap=True
            )
        sys.exit(WRONG_USE)


def _not_json(error: SettingsError) -> str:
    """The error for a setting that is not valid JSON, without its value, which may hold a password."""
    found = re.search(r'field "(\w+)"', str(error))
    name = f"SATLEDGER_{found[1]}".upper() if found else "A setting"
    cause = error.__cause__
    where = f" ({cause.msg}, at character {cause.pos + 1})" if isinstance(cause, JSONDecodeError) else ""
    return f"{name} is not JSON{where}: write it as the README shows, in quotes for your shell."
