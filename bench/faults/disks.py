"""Builds on disks that are full or read-only; they are mounted only for the trial."""

import os
import shlex
import shutil
import subprocess
from pathlib import Path
from random import Random

from bench.faults.lab import Done, Lab, TrialError, differences, ended, prints
from bench.faults.trial import Outcome, Result, recovered

PLACES = {"the home": ".", "the folder of temporary files": "temp", "the published folder": "published"}
READ_ONLY = PLACES | {"the lake": "lake", "Dagster's folder": "dagster"}
# What a build of two days adds there, at most.
GROWTH = {"the home": 24 << 20, "the folder of temporary files": 4 << 20, "the published folder": 4 << 20}
NAMESPACE = ["unshare", "--mount", *([] if os.geteuid() == 0 else ["--map-root-user"])]

FULL = """
mount -t tmpfs -o size={size} tmpfs {place}
cp -a {stash}/. {place}/
set +e
{build} 2> {first}
echo $? > {first}.code
set -e
mount -o remount,size=4g {place}
set +e
{build} 2> {second}
echo $? > {second}.code
set -e
mkdir {after}
cp -a {place}/. {after}/
"""
LOCKED = """
mount --bind {place} {place}
mount -o remount,bind,ro {place}
exec {build}
"""


def can_mount() -> bool:
    """Whether this user may mount a disk in a process's own namespace."""
    try:
        done = subprocess.run([*NAMESPACE, "mount", "-t", "tmpfs", "tmpfs", "/mnt"], capture_output=True, check=False)
    except FileNotFoundError:
        return False
    return done.returncode == 0


def full_disk(lab: Lab, drawn: Random) -> Result:
    """A disk with less space than the build needs; then it is enlarged."""
    name = drawn.choice(sorted(PLACES))
    home = lab.fresh()
    place = (home / PLACES[name]).resolve()
    place.mkdir(exist_ok=True)
    stash, after = lab.folder / "stash", lab.folder / "after"
    for each in (stash, after):
        shutil.rmtree(each, ignore_errors=True)
    shutil.copytree(place, stash, symlinks=True)
    used = sum(-(-path.stat().st_size // 4096) * 4096 for path in stash.rglob("*") if path.is_file())
    room = drawn.randrange(64 << 10, GROWTH[name])
    first, second = lab.folder / "first", lab.folder / "second"
    script = FULL.format(
        size=used + (2 << 20) + room,
        **{key: shlex.quote(str(path)) for key, path in _paths(place, stash, after, first, second).items()},
        build=_build(),
    )
    process = _in_namespace(lab, script)
    outside = ended(process)
    if outside.code:
        raise RuntimeError(f"the disk could not be mounted: {outside.told}")
    done, again = _done(first), _done(second)
    done.check()
    again.check()
    if again.code:
        raise TrialError(f"refused with room for all: {again.sentence}")
    _put(after, place)
    if found := differences(prints(home), lab.expected("plain")):
        raise TrialError(f"the next run, with room for all, differs: {', '.join(found)[:400]}")
    return Result(f"{room >> 10:,} KB of room for {name}", Outcome.EQUAL, done.sentence)


def read_only(lab: Lab, drawn: Random) -> Result:
    """A read-only folder; then it is writable again."""
    name = drawn.choice(sorted(READ_ONLY))
    home = lab.fresh()
    place = (home / READ_ONLY[name]).resolve()
    place.mkdir(exist_ok=True)
    done = ended(_in_namespace(lab, LOCKED.format(place=shlex.quote(str(place)), build=_build())))
    done.check()
    lab.published_stands()
    return recovered(lab, f"{name} can only be read", told=done.sentence)


def _in_namespace(lab: Lab, script: str) -> subprocess.Popen[bytes]:
    return lab.start_in([*NAMESPACE, "sh", "-ec", script])


def _paths(place: Path, stash: Path, after: Path, first: Path, second: Path) -> dict[str, Path]:
    return {"place": place, "stash": stash, "after": after, "first": first, "second": second}


def _build() -> str:
    return '"$@"'


def _done(path: Path) -> Done:
    code = int(path.with_name(f"{path.name}.code").read_text(encoding="ascii"))
    return Done(code, path.read_text(encoding="utf-8", errors="replace"))


def _put(after: Path, place: Path) -> None:
    shutil.rmtree(place)
    after.rename(place)
