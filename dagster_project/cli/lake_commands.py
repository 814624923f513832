"""The commands for raw days and raw blocks. Their code is in other modules, imported when needed."""

from pathlib import Path
from typing import Annotated

import typer

from dagster_project.cli import app
from dagster_project.cli import options as opt

lake = typer.Typer(help="Look after the raw days.", no_args_is_help=True)
app.add_typer(lake, name="lake")

Raw = Annotated[list[Path], typer.Argument(help="Raw blocks, binary or hexadecimal (one a line), or blk*.dat.")]
SomeDays = Annotated[int | None, typer.Option("--days", min=1, help="Look at so many days, evenly spread.")]
FirstHeld = Annotated[opt.Day | None, typer.Option("--from", parser=opt.day, metavar="DAY", help="First day.")]
LastHeld = Annotated[opt.Day | None, typer.Option("--to", parser=opt.day, metavar="DAY", help="Last day.")]
FirstAgain = Annotated[opt.Day, typer.Option("--from", parser=opt.day, metavar="DAY", help="First day to read.")]
LastAgain = Annotated[opt.Day, typer.Option("--to", parser=opt.day, metavar="DAY", help="Last day to read.")]


@lake.command()
def reread(
    first: FirstAgain,
    last: LastAgain,
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
    memory_limit: opt.MemoryLimit = None,
    threads: opt.Threads = None,
) -> None:
    """Read days again from the source, and rebuild what follows where they differ."""
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
        memory_limit=memory_limit,
        threads=threads,
    )
    from dagster_project.cli.rereading import reread as run
    from dagster_project.days import Days

    run(settings, Days(first, last))


@lake.command()
def upgrade(
    home: opt.Home = None,
    chain: opt.OfChain = None,
    node_url: opt.NodeUrl = None,
    node_cookie: opt.NodeCookie = None,
    memory_limit: opt.MemoryLimit = None,
    threads: opt.Threads = None,
) -> None:
    """Convert a lake of the first edition, day by day, proving each; started again, it goes on where it was stopped."""
    settings = opt.configure(
        home=home,
        chain=chain,
        node_url=node_url,
        node_cookie=node_cookie,
        memory_limit=memory_limit,
        threads=threads,
    )
    from dagster_project.cli.upgrading import upgrade as run

    run(settings)


@app.command()
def verify(
    first: FirstHeld = None,
    last: LastHeld = None,
    days: SomeDays = None,
    home: opt.Home = None,
    node_url: opt.NodeUrl = None,
    node_cookie: opt.NodeCookie = None,
    threads: opt.Threads = None,
) -> None:
    """Prove the raw days again, and compare them and the ledger with the node, where it can be reached."""
    opt.refuse_reversed(first, last)
    settings = opt.configure(home=home, node_url=node_url, node_cookie=node_cookie, threads=threads)
    from dagster_project.cli.verifying import verify as run

    run(settings, first, last, days)


@app.command()
def inspect(files: Raw) -> None:
    """Print what raw blocks are, one JSON object a line and block.

    Amounts are satoshi; inputs are counted without those of coinbases, which spend nothing. What is checked is true,
    false, or null where there is nothing to check: the work against the block's own bits, the Merkle root and the
    witness commitment against its transactions. Files of a node that are XORed need their xor.dat beside them.
    """
    from dagster_project.cli.inspecting import inspect as run

    run(files)
