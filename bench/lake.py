"""Loading the lake: raw blocks from files and over RPC, compared with bitcoin-etl on the same blocks."""

import json
import subprocess
import sys
from pathlib import Path
from tempfile import mkdtemp

from rich.console import Console

from bench import realistic_chain
from bench.measure import Series, Stopwatch, alternate, stopwatch
from bench.nodes import Etl, regtest_node
from bench.report import Ratio, Report, Table
from dagster_project.lake.manifest import Manifest
from dagster_project.settings import Chain, NodeReader, ProofMode, Settings, Source

FILES, RPC, ETL = "blk*.dat", "raw over RPC", "bitcoin-etl over RPC"
ASKED = "the node alone: all blocks asked for over RPC, nothing done with them"
UNPROVEN = "bitcoin-etl over RPC, SATLEDGER_PROOF=off"
ABOUT = """\
A regtest chain of {transactions:,} transactions in {blocks:,} blocks of {size:.0f} MB, made in a real node: 40 % of the
inputs are legacy, 60 % segwit, with the sizes of signatures and keys. Each way reads all its complete days into an
empty lake, proves them and waits for the disk. Libraries are imported and compiled before. The node runs beside all
of them on the same {threads} processors.

From its files it came to {speed:,.0f} transactions and {megabytes:.0f} MB of blocks a second, and {memory:.2f} GB of
memory at the most (the whole process)."""


def run(console: Console, rounds: int, folder: Path, entries: int) -> Report:
    """Measure all readers in turns; ``entries`` is about three times the number of transactions."""
    _ = folder
    transactions = entries // 4

    def fill(node: "realistic_chain.Node") -> None:
        realistic_chain.mine(node, transactions)

    with regtest_node(fill, "-rpcworkqueue=256") as etl:
        settings = {
            FILES: _settings(etl, source=Source.BLOCKS, blocks=etl.folder / "node" / "regtest" / "blocks"),
            RPC: _settings(etl, node_reader=NodeReader.RAW),
            ETL: _settings(etl),
            UNPROVEN: _settings(etl, proof=ProofMode.OFF),
        }
        manifests = _extract(settings[FILES])[1]
        first, last = manifests[0], manifests[-1]
        runs = {name: (lambda each=each: _extract(each)[0]) for name, each in settings.items()}
        series = alternate(runs | {ASKED: lambda: _ask(settings[RPC], first, last)}, rounds, console)
        peak = _peak(settings[FILES])
        held = settings[FILES].blocks
        size = sum(path.stat().st_size for path in held.glob("blk*.dat")) if held else 0
    of = {each.name: each for each in series}
    found = sum(manifest.transactions for manifest in manifests)
    about = ABOUT.format(
        transactions=found,
        blocks=sum(manifest.blocks for manifest in manifests),
        size=size / 1e6,
        threads=settings[FILES].threads,
        speed=found / of[FILES].median,
        megabytes=size / 1e6 / of[FILES].median,
        memory=peak / 1e9,
    )
    ratios = [
        Ratio("bitcoin-etl / blk*.dat", of[ETL], of[FILES], ">= 20"),
        Ratio("bitcoin-etl / raw over RPC", of[ETL], of[RPC], ">= 5"),
        Ratio("raw over RPC / the node alone", of[RPC], of[ASKED], ""),
        Ratio("bitcoin-etl, proven / not proven", of[ETL], of[UNPROVEN], "<= 1.15"),
    ]
    return Report("lake", about, series, ratios, [_speeds(series, found, size)])


def _speeds(series: list[Series], transactions: int, size: int) -> Table:
    rows = [(each.name, transactions / each.median, size / 1e6 / each.median) for each in series]
    return Table("Speed", ("way", "transactions a second", "MB of blocks a second"), rows)


def _settings(etl: Etl, **values: object) -> Settings:
    home = {"home": etl.folder / "home", "chain": Chain.REGTEST, "min_confirmations": 0}
    return Settings(**home | {"source": Source.NODE, "node_url": etl.url} | values)  # pyright: ignore[reportArgumentType]


def _extract(settings: Settings) -> tuple[Stopwatch, list[Manifest]]:
    """Read all complete days into an empty lake."""
    from dagster_project.chain.sources import open_source
    from dagster_project.days import Days

    if settings.lake.exists():
        settings.lake.rename(Path(mkdtemp(prefix="read-before-", dir=settings.home)) / settings.lake.name)
    with stopwatch() as watch:
        source = open_source(settings)
        last = source.last_complete_day()
        if last is None:
            raise ValueError("the chain has no complete day")
        manifests = list(source.extract(list(Days(source.first_day(), last))))
    return watch, manifests


def _ask(settings: Settings, first: Manifest, last: Manifest) -> Stopwatch:
    """Ask for the same raw blocks, several at a time, and drop them."""
    from dagster_project.blocks.parameters import load_parameters
    from dagster_project.chain.sources.node_headers import NodeHeaders
    from dagster_project.chain.sources.node_raw import RawNode
    from dagster_project.chain.sources.rpc import NodeRpc

    rpc = NodeRpc(settings)
    headers = NodeHeaders(rpc, load_parameters(settings.resolved_chain))
    with stopwatch() as watch:
        wanted = headers.headers(first.first_height or 0, last.last_height or 0)
        reader = RawNode(settings, rpc)
        for place in range(0, len(wanted), settings.node_batch * settings.node_workers):
            reader.read(wanted[place : place + settings.node_batch * settings.node_workers])
    return watch


def _peak(settings: Settings) -> int:
    """The most memory, in bytes, that a process takes which does nothing but read the files."""
    values = json.dumps(
        {"home": str(settings.home), "chain": "regtest", "source": "blocks", "blocks": str(settings.blocks)}
    )
    code = (
        f"from bench.lake import _extract, Settings; _extract(Settings(**{values}, min_confirmations=0)); "
        # Not ``ru_maxrss``: a new process begins with that of the one that forked it.
        "print(next(line.split()[1] for line in open('/proc/self/status') if line.startswith('VmHWM')))"
    )
    root = Path(__file__).parent.parent
    done = subprocess.run([sys.executable, "-c", code], check=True, cwd=root, capture_output=True, text=True)
    return int(done.stdout.split()[-1]) * 1024
