"""`satledger serve` and the API keys it asks for."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from dagster_project.cli import app
from dagster_project.cli import options as opt
from dagster_project.errors import SatledgerError
from dagster_project.settings import Settings

KEY_FILE = "api_keys.json"

Keys = Annotated[
    bool | None,
    typer.Option("--keys/--no-keys", help="Ask for API keys; by default wherever it does not listen on loopback only."),
]
Requests = Annotated[int, typer.Option(min=0, help="Requests that the key may make in a window; 0 for any number.")]
Seconds = Annotated[int, typer.Option(min=1, help="Length of the window.")]
Metrics = Annotated[
    list[str] | None,
    typer.Option(help="Metrics the key may see, comma separated, such as 'Flow*,BlkCnt'; default: all."),
]
Origins = Annotated[
    str | None, typer.Option(help="Origins whose pages may ask from a browser, comma separated; * for all.")
]
AllowedHosts = Annotated[
    str | None, typer.Option(help="Names under which it may be asked, comma separated; * for all.")
]
MaxConnections = Annotated[int | None, typer.Option(min=1, help="Connections kept open at once; default: 500.")]
Sql = Annotated[bool, typer.Option("--sql", help="Take queries in SQL at /sql, with a key; off by default.")]
Remove = Annotated[bool, typer.Option("--remove", help="Take the key of that name away.")]


@app.command()
def serve(
    home: opt.Home = None,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on; 0 for any free one.")] = 8000,
    keys: Keys = None,
    threads: opt.Threads = None,
    cors_origins: Origins = None,
    allowed_hosts: AllowedHosts = None,
    max_connections: MaxConnections = None,
    sql: Sql = False,
) -> None:
    """Serve the published copy: REST as Coin Metrics has it, GraphQL as Santiment has it, and a page at /."""
    settings = opt.configure(
        home=home,
        threads=threads,
        cors_origins=cors_origins,
        allowed_hosts=allowed_hosts,
        max_connections=max_connections,
    )
    from serving.hosts import is_loopback
    from serving.server import run

    # SQL queries can be expensive: without API keys they are allowed only from this machine.
    asked = (sql or not is_loopback(host)) if keys is None else keys
    if sql and not asked and not is_loopback(host):
        raise SatledgerError(f"SQL is not served on {host} without API keys: leave out --no-keys, or --sql.")
    run(settings, host, port, _key_path(settings) if asked else None, sql=sql)


@app.command()
def mcp(home: opt.Home = None, threads: opt.Threads = None) -> None:
    """Offer the published copy to an assistant over standard input and output (Model Context Protocol); read-only."""
    settings = opt.configure(home=home, threads=threads)
    from serving.assistant import assistant_server

    assistant_server(settings.home.resolve(), settings.threads).run()


@app.command("api-key")
def api_key(
    name: Annotated[str, typer.Argument(help="Whose key it is.")],
    home: opt.Home = None,
    requests: Requests = 6_000,
    seconds: Seconds = 20,
    metrics: Metrics = None,
    remove: Remove = False,
) -> None:
    """Make an API key and print it, once; only its hash is kept."""
    settings = opt.configure(home=home)
    from serving.keys import KeyFile

    file = KeyFile(_key_path(settings))
    if remove:
        file.remove(name)
        return
    patterns = [pattern for text in metrics or ["*"] for pattern in opt.names(text)]
    if not patterns:
        raise typer.BadParameter("it names no metric; leave it out for all of them", param_hint="--metrics")
    typer.echo(file.add(name, requests, seconds, tuple(patterns), datetime.now(UTC).date()))


def _key_path(settings: Settings) -> Path:
    return settings.home.resolve() / KEY_FILE
