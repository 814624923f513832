"""The commands and their options. Their code is in other modules, imported when needed, so that help is fast."""

from pathlib import Path
from typing import Annotated

import typer

from dagster_project.cli import app
from dagster_project.cli import options as opt
from dagster_project.cli.options import ExportFormat

Statement = Annotated[str | None, typer.Argument(help="One SQL statement; without it, read from the input.")]
Csv = Annotated[bool, typer.Option("--csv", help="Print CSV instead of a table.")]
Plan = Annotated[bool, typer.Option("--plan", help="Print what the next build would run, and why, and nothing else.")]
AsJson = Annotated[
    bool, typer.Option("--json", help="As one JSON object, for programs; exits with 1 where it is not ok.")
]
Out = Annotated[Path, typer.Argument(help="The file to write.")]
Format = Annotated[ExportFormat | None, typer.Option("--format", help="By default what the file's name ends in.")]
Metrics = Annotated[str, typer.Option(help="Comma separated metrics; by default all.")]
Assets = Annotated[str, typer.Option(help="Comma separated assets; by default all.")]
Host = Annotated[str, typer.Option(help="Address to listen on.")]
Port = Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")]


@app.command()
def demo(home: opt.Home = None, memory_limit: opt.MemoryLimit = None, threads: opt.Threads = None) -> None:
    """Build everything for the bundled sample chain: no node, no network, no configuration."""
    settings = opt.configure(home=home, memory_limit=memory_limit, threads=threads, chain="sample", source="sample")
    opt.announce_loading(settings)
    from dagster_project.cli.sample import demo as run

    run(settings)


@app.command()
def build(
    first: opt.From = None,
    last: opt.To = None,
    select: opt.Select = None,
    full_refresh: opt.FullRefresh = False,
    source: opt.FromSource = None,
    chain: opt.OfChain = None,
    home: opt.Home = None,
    node_url: opt.NodeUrl = None,
    node_cookie: opt.NodeCookie = None,
    node_reader: opt.NodeReading = None,
    blocks: opt.Blocks = None,
    files: opt.Files = None,
    dataset: opt.Dataset = None,
    proof: opt.Proof = None,
    labels: opt.Labels = None,
    prices: opt.Prices = None,
    min_confirmations: opt.MinConfirmations = None,
    memory_limit: opt.MemoryLimit = None,
    threads: opt.Threads = None,
) -> None:
    """Extract and build the complete days that are missing, or the days from --from to --to."""
    opt.refuse_reversed(first, last)
    settings = opt.configure(
        source=source,
        chain=chain,
        home=home,
        node_url=node_url,
        node_cookie=node_cookie,
        node_reader=node_reader,
        blocks=blocks,
        files=files,
        dataset=dataset,
        proof=proof,
        labels=labels,
        prices=prices,
        min_confirmations=min_confirmations,
        memory_limit=memory_limit,
        threads=threads,
    )
    opt.refuse_missing(settings)
    opt.announce_loading(settings)
    from dagster_project.cli.building import build as run
    from dagster_project.cli.status import built_line

    run(settings, first, last, select, full_refresh=full_refresh)
    typer.echo(built_line(settings))


@app.command()
def ui(
    home: opt.Home = None,
    host: Host = "127.0.0.1",
    port: Port = 3000,
    only: opt.Only = None,
    path_prefix: opt.PathPrefix = "",
) -> None:
    """Open Dagster on the home: the asset graph, backfills, checks, the schedule and the sensor."""
    settings = opt.configure(home=home)
    from dagster_project.cli.servers import serve_ui

    serve_ui(settings, host, port, only, path_prefix)


@app.command()
def docs(home: opt.Home = None, host: Host = "127.0.0.1", port: Port = 8080) -> None:
    """Serve the documentation of all models and columns, made by dbt."""
    settings = opt.configure(home=home)
    from dagster_project.cli.servers import serve_docs

    serve_docs(settings, host, port)


@app.command()
def sql(statement: Statement = None, csv: Csv = False, home: opt.Home = None) -> None:
    """Ask the published copy in SQL; it can only be read."""
    settings = opt.configure(home=home)
    from dagster_project.cli.shell import shell

    shell(settings, statement, csv)


@app.command()
def export(
    out: Out,
    file_format: Format = None,
    metrics: Metrics = "",
    assets: Assets = "",
    first: opt.From = None,
    last: opt.To = None,
    home: opt.Home = None,
) -> None:
    """Write daily metrics into a Parquet or CSV file."""
    opt.refuse_reversed(first, last)
    settings = opt.configure(home=home)
    from dagster_project.cli.exporting import export as run

    run(settings, out, file_format, opt.names(metrics), opt.names(assets), first, last)


@app.command()
def status(
    home: opt.Home = None,
    chain: opt.OfChain = None,
    source: opt.FromSource = None,
    node_url: opt.NodeUrl = None,
    node_cookie: opt.NodeCookie = None,
    node_reader: opt.NodeReading = None,
    blocks: opt.Blocks = None,
    files: opt.Files = None,
    dataset: opt.Dataset = None,
    proof: opt.Proof = None,
    labels: opt.Labels = None,
    prices: opt.Prices = None,
    plan: Plan = False,
    as_json: AsJson = False,
) -> None:
    """Show the source and its tip, which days are complete, built and missing, and the size on disk."""
    settings = opt.configure(
        home=home,
        chain=chain,
        source=source,
        node_url=node_url,
        node_cookie=node_cookie,
        node_reader=node_reader,
        blocks=blocks,
        files=files,
        dataset=dataset,
        proof=proof,
        labels=labels,
        prices=prices,
    )
    if plan and as_json:
        raise typer.BadParameter("--plan has no JSON: leave one of them out.", param_hint="--json")
    from dagster_project.cli.status import show, show_json, show_plan

    if plan:
        show_plan(settings)
    elif as_json:
        show_json(settings)
    else:
        show(settings)


@app.command()
def check(home: opt.Home = None, memory_limit: opt.MemoryLimit = None, threads: opt.Threads = None) -> None:
    """Check all invariants over all days that are built."""
    settings = opt.configure(home=home, memory_limit=memory_limit, threads=threads)
    from dagster_project.cli.checking import check_all

    check_all(settings)


@app.command()
def compact(home: opt.Home = None, memory_limit: opt.MemoryLimit = None, threads: opt.Threads = None) -> None:
    """Make the warehouse's file as small as what it holds, and show what takes how much of the disk."""
    settings = opt.configure(home=home, memory_limit=memory_limit, threads=threads)
    from dagster_project.cli.compacting import compact_and_show

    compact_and_show(settings)
