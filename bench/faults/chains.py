"""A real node that reorganises, gives wrong answers, fails, or is read in another way by the next run."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from random import Random

from bench.faults.lab import Done, Lab, TrialError, differences, ended, prints
from bench.faults.lies import LIES, lie_from
from bench.faults.trial import Outcome, Result
from bench.homes import outside, satledger
from dagster_project.settings import PROJECT_ROOT
from tests.chain.witness_chain import proxy_of
from tests.e2e.test_reorganisations import Chain
from tests.node import Node, find_bitcoind

DEEPEST = 12


class NodeLab:
    """A regtest node, and a home that is updated from it in trial after trial.

    Attributes:
        home: the home, which has been through all reorganisations so far.
    """

    def __init__(self, lab: Lab, node: Node) -> None:
        self.folder = lab.folder / "of-the-node"
        shutil.rmtree(self.folder, ignore_errors=True)
        self.home, self.anew = self.folder / "home", self.folder / "anew"
        self.node = node
        self.chain = Chain(node)
        # More than have to lie on a coinbase before it can be spent, on any branch.
        self.chain.mine(120)
        self.chain.begin_day()
        self.ended(self.start())

    def settings(self, url: str | None = None) -> dict[str, str]:
        """The environment of every command, without the home."""
        return {
            "SATLEDGER_CHAIN": "regtest",
            "SATLEDGER_SOURCE": "node",
            "SATLEDGER_NODE_URL": url or self.node.url,
            "SATLEDGER_MIN_CONFIRMATIONS": "0",
            "COLUMNS": "200",
        }

    def start(self, url: str | None = None, home: Path | None = None, **settings: str) -> subprocess.Popen[bytes]:
        """Start a build."""
        return satledger(home or self.home, "build", **(self.settings(url) | settings))

    def ended(self, process: subprocess.Popen[bytes]) -> Done:
        """Wait for a build, which has to succeed.

        Raises:
            TrialError: it does not.
        """
        done = ended(process)
        done.check()
        if done.code:
            raise TrialError(f"the next run refused: {done.sentence}")
        return done

    def compare(self) -> None:
        """Compare the home with one that is built anew from the node as it is now.

        Raises:
            TrialError: they differ.
        """
        shutil.rmtree(self.anew, ignore_errors=True)
        self.ended(self.start(home=self.anew))
        found = differences(prints(self.home), prints(self.anew))
        if found:
            raise TrialError(f"differs from a home that is built anew: {', '.join(found)[:400]}")

    def read_again(self) -> None:
        """Read the last two days again as all others are read: their manifests say how much a reader can prove."""
        *_, first, last = sorted(path.name for path in (self.home / "lake" / "raw" / "regtest").iterdir())
        self.ended(satledger(self.home, "lake", "reread", "--from", first, "--to", last, **self.settings()))


@contextmanager
def node_lab(lab: Lab) -> Iterator[NodeLab | None]:
    """A lab with a node, or None where no node's program is found."""
    program = find_bitcoind(PROJECT_ROOT.parent / "shared", lab.folder)
    if program is None:
        yield None
        return
    folder = lab.folder / "node-data"
    shutil.rmtree(folder, ignore_errors=True)
    node = Node(program, folder, "regtest")
    try:
        yield NodeLab(lab, node)
    finally:
        node.kill()


def _reorganise(found: NodeLab, drawn: Random) -> str:
    """Have the node change its mind in one of some ways; which, in words."""
    chain, node = found.chain, found.node
    depth = drawn.randint(1, DEEPEST)
    how = drawn.choice(("once", "twice", "and back", "to a shorter chain"))
    if how == "and back":
        tip, fork = node.rpc("getbestblockhash"), node.rpc("getblockcount") - depth
        then = chain.now
        chain.reorganise(depth)
        node.rpc("reconsiderblock", tip)
        if _tip(node) != tip:
            node.rpc("invalidateblock", node.rpc("getblockhash", fork + 1))
        chain.now = max(then, chain.now)
    elif how == "to a shorter chain":
        height = node.rpc("getblockcount")
        node.rpc("invalidateblock", node.rpc("getblockhash", height - depth + 1))
        chain.now = node.rpc("getblockheader", _tip(node))["time"] + 21_600
        chain.mine(1, pay=True)
    else:
        chain.reorganise(depth)
        if how == "twice":
            chain.reorganise(drawn.randint(1, DEEPEST))
    return f"a reorganisation of depth {depth}, {how}"


def _tip(node: Node) -> str:
    return node.rpc("getbestblockhash")


def reorganised(found: NodeLab, drawn: Random) -> Result:
    """The chain is reorganised between two builds."""
    what = _reorganise(found, drawn)
    found.ended(found.start())
    found.compare()
    return Result(what, Outcome.EQUAL)


def reorganised_while_it_runs(found: NodeLab, drawn: Random) -> Result:
    """The chain is reorganised while a build reads it."""
    found.chain.begin_day()
    build = found.start()
    moment = drawn.uniform(0, 15)
    with suppress(subprocess.TimeoutExpired):
        build.wait(timeout=moment)
    what = _reorganise(found, drawn)
    done = ended(build)
    done.check()
    found.ended(found.start())
    found.compare()
    return Result(f"{what}, {moment:.1f} s after a build began", Outcome.EQUAL, done.sentence)


def reorganised_and_seen_by_the_sensor(found: NodeLab, drawn: Random) -> Result:
    """The chain is reorganised, and Dagster's sensor requests what has to be built."""
    what = _reorganise(found, drawn)
    done = subprocess.run(
        [sys.executable, "-m", "tests.orchestration.tick", "day_is_complete"],
        cwd=PROJECT_ROOT,
        env=outside() | found.settings() | {"SATLEDGER_HOME": str(found.home), "PYTHONWARNINGS": "ignore"},
        capture_output=True,
        text=True,
        check=False,
    )
    # Dagster may write lines of its own.
    runs = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    if done.returncode or any(not run.get("success", True) for run in runs):
        raise TrialError(f"the sensor's run failed: {done.stdout[-200:]} {done.stderr[-200:]}")
    found.compare()
    return Result(f"{what}, seen by the sensor", Outcome.EQUAL, str(runs[-1].get("skipped", "")))


def lying(found: NodeLab, drawn: Random) -> Result:
    """A proxy changes the node's answers, from a random request on."""
    name = drawn.choice(sorted(LIES))
    found.chain.begin_day()
    begins = drawn.randint(0, 30)
    with proxy_of(found.node) as proxy:
        lie_from(proxy, begins, LIES[name], drawn)
        done = ended(found.start(proxy.url, SATLEDGER_NODE_READER=drawn.choice(("raw", "bitcoin-etl"))))
        done.check()
    found.ended(found.start())
    found.read_again()
    found.compare()
    return Result(f"the node {name}, from its answer {begins} on", Outcome.EQUAL, done.sentence)


def node_dies(found: NodeLab, drawn: Random) -> Result:
    """The node is killed while a build reads it, and started again later."""
    # Has the node write to its disk what it has: else it may forget its whole chain, which is refused as another one.
    found.node.rpc("gettxoutsetinfo")
    found.chain.begin_day()
    build = found.start()
    moment = drawn.uniform(0, 15)
    with suppress(subprocess.TimeoutExpired):
        build.wait(timeout=moment)
    found.node.kill()
    done = ended(build)
    done.check()
    found.node.start()
    # What it had not written to its disk it has forgotten: it may have fewer blocks now.
    found.chain.now = found.node.rpc("getblockheader", _tip(found.node))["time"] + 21_600
    found.node.rpc("setmocktime", found.chain.now)
    found.chain.begin_day()
    found.ended(found.start())
    found.compare()
    return Result(f"the node dies {moment:.1f} s after a build began", Outcome.EQUAL, done.sentence)


def changed_source(found: NodeLab, drawn: Random) -> Result:
    """A build that reads from the node is killed, and the next one reads the node's own block files."""
    # An earlier trial may have had the node turn its back on a branch that still has more work. Block files do not tell
    # that, so the chain in them would be that branch.
    while max(tip["height"] for tip in found.node.rpc("getchaintips")) > found.node.rpc("getblockcount"):
        found.chain.mine(1)
    found.chain.begin_day()
    build = found.start()
    moment = drawn.uniform(0, 15)
    with suppress(subprocess.TimeoutExpired):
        build.wait(timeout=moment)
    with suppress(ProcessLookupError):
        os.killpg(build.pid, 9)
    ended(build)
    time.sleep(0.5)
    blocks = found.node.folder / "regtest" / "blocks"
    found.ended(found.start(SATLEDGER_SOURCE="blocks", SATLEDGER_BLOCKS=str(blocks)))
    found.read_again()
    found.compare()
    return Result(f"killed after {moment:.1f} s, then read from the node's block files", Outcome.EQUAL)
