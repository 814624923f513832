"""Whatever ends publishing, one whole state stands: the one before, or the new one."""

import random
import shutil
import subprocess
import sys
import time
from pathlib import Path

from dagster_project.publish.state import as_published, damaged_pieces
from dagster_project.settings import PROJECT_ROOT
from tests.publishing.ledger import Ledger, since_first

KILLS = 20


def start(ledger: Ledger) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.publishing.killed", str(ledger.warehouse), str(ledger.published)]
    process = subprocess.Popen(command, cwd=PROJECT_ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "begins\n"
    return process


def written(ledger: Ledger) -> dict[str, bytes]:
    """All files but those of the history, which tell of the clock."""
    return {name: content for name, content in ledger.bytes_of_files().items() if "/value_history/" not in name}


def test_publishing_killed_at_random_moments_leaves_a_whole_state(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger")
    ledger.build(*since_first(70))
    ledger.publish()
    before = ledger.read()
    ledger.build(*since_first(75), seed=1)
    after = ledger.contents()
    kept = tmp_path / "kept"
    shutil.copytree(ledger.published.parent, kept)

    begin = time.monotonic()
    assert start(ledger).wait(timeout=60) == 0
    took = time.monotonic() - begin
    assert ledger.read() == after
    finished = written(ledger)

    drawn, states = random.Random(16), []
    for _ in range(KILLS):
        shutil.rmtree(ledger.published.parent)
        shutil.copytree(kept, ledger.published.parent)
        process = start(ledger)
        time.sleep(drawn.uniform(0, took))
        process.kill()
        process.wait()
        found = ledger.read()
        assert found in (before, after)
        assert damaged_pieces(ledger.published) == []
        assert as_published(ledger.published)
        states.append(found == after)
        ledger.publish(hours=2)
        assert written(ledger) == finished
        assert ledger.read() == after
    assert not all(states)
