"""Labels and settings that change during a build, or between a killed build and the next one."""

import signal
import subprocess
from contextlib import suppress
from random import Random

from bench.faults.lab import Lab, ended
from bench.faults.processes import Act, interrupted
from bench.faults.trial import Result, recovered

MIN_LABELS = "SATLEDGER_MIN_LABELS"
SETTINGS = {MIN_LABELS: "3", "SATLEDGER_THREADS": "1", "SATLEDGER_MEMORY_LIMIT": "500MB"}


def labels_while_it_runs(lab: Lab, drawn: Random) -> Result:
    """The labels are replaced while a build runs; the next run reads the new ones."""
    expected = lab.expected("changed-labels", changed_labels=True)
    lab.fresh()
    build = lab.start()
    moment = drawn.uniform(0, lab.seconds)
    with suppress(subprocess.TimeoutExpired):
        build.wait(timeout=moment)
    lab.write_labels(changed=True)
    done = ended(build)
    done.check()
    return recovered(lab, f"other labels after {moment:.1f} s", expected, told=done.sentence)


def labels_after_a_kill(lab: Lab, drawn: Random) -> Result:
    """A build is killed, and the next one has other labels."""
    expected = lab.expected("changed-labels", changed_labels=True)
    _, moment = interrupted(lab, drawn, Act(signal.SIGKILL, group=True))
    lab.write_labels(changed=True)
    return recovered(lab, f"killed after {moment:.1f} s, then other labels", expected)


def setting_after_a_kill(lab: Lab, drawn: Random) -> Result:
    """A build is killed, and the next one has another setting."""
    name = drawn.choice(sorted(SETTINGS))
    value = SETTINGS[name]
    # The others change no value.
    expected = lab.expected(f"min-labels-{value}", SATLEDGER_MIN_LABELS=value) if name == MIN_LABELS else None
    _, moment = interrupted(lab, drawn, Act(signal.SIGKILL, group=True))
    return recovered(lab, f"killed after {moment:.1f} s, then {name}={value}", expected, settings={name: value})
