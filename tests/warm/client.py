"""Starting programs from the server, and what a test sees of them."""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

from filelock import FileLock

from tests.warm.server import LENGTH_BYTES

# Names the folder of the server's socket; one server for all processes of a run of the tests.
FOLDER = "WARM_SERVER"

_ROOT = Path(__file__).resolve().parents[2]
_SECONDS_TO_IMPORT = 120


class Program:
    """A program that runs: what `subprocess.Popen` has, as far as it is asked for.

    Attributes:
        args: its arguments.
        pid: its process.
        stdout: what it says, where that was asked for.
        returncode: how it ended; None while it runs.
    """

    def __init__(
        self,
        entry: str,
        arguments: Sequence[str],
        environment: Mapping[str, str],
        streams: Sequence[int],
        folder: str,
        stdout: IO[bytes] | None = None,
    ) -> None:
        """Start it.

        Args:
            entry: its module and the function that it runs, with a colon between them.
            arguments: with the program's name as the first.
            environment: all its environment variables.
            streams: descriptors of its standard input, output and error.
            folder: that it runs in.
            stdout: what reads its output.
        """
        self.args = list(arguments)
        self.stdout = stdout
        self.returncode: int | None = None
        request = {"entry": entry, "arguments": self.args, "environment": dict(environment), "folder": folder}
        message = json.dumps(request).encode()
        self._connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._connection.connect(_server())
        socket.send_fds(self._connection, [len(message).to_bytes(LENGTH_BYTES)], streams)
        self._connection.sendall(message)
        self.pid = int.from_bytes(self._connection.recv(LENGTH_BYTES))

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end and return its exit code; below 0 the signal that ended it.

        Raises:
            subprocess.TimeoutExpired: it runs on.
        """
        if self.returncode is None:
            self._connection.settimeout(timeout)
            try:
                status = self._connection.recv(LENGTH_BYTES)
            except (TimeoutError, BlockingIOError):
                raise subprocess.TimeoutExpired(self.args, timeout or 0) from None
            self.returncode = int.from_bytes(status, signed=True)
            self._connection.close()
        return self.returncode

    def poll(self) -> int | None:
        """Return its exit code, or None while it runs."""
        try:
            return self.wait(0)
        except subprocess.TimeoutExpired:
            return None

    def send_signal(self, number: int) -> None:
        """Send it a signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it."""
        self.send_signal(signal.SIGKILL)


def run(
    entry: str, arguments: Sequence[str], environment: Mapping[str, str], text: str | None, timeout: float
) -> subprocess.CompletedProcess[str]:
    """Run a program to its end and return how it went; arguments as of `Program`.

    Raises:
        subprocess.TimeoutExpired: it ran for too long, and was ended.
    """
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        given.write((text or "").encode())
        given.seek(0)
        streams = [file.fileno() for file in (given, out, err)]
        program = Program(entry, arguments, environment, streams, os.getcwd())  # noqa: PTH109 (as a shell does)
        try:
            code = program.wait(timeout)
        finally:
            program.kill()
        out.seek(0)
        err.seek(0)
        return subprocess.CompletedProcess(program.args, code, out.read().decode(), err.read().decode())


def _server() -> str:
    """The address of the server, which the first process that asks starts."""
    folder = Path(os.environ[FOLDER])
    address = folder / "socket"
    with FileLock(folder / "start.lock"):
        if not address.exists():
            owner = int((folder / "owner.pid").read_text(encoding="ascii"))
            with (folder / "log.txt").open("wb") as log:
                server = subprocess.Popen(
                    [sys.executable, "-m", "tests.warm.server", str(address), str(owner)],
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    cwd=_ROOT,
                )
            deadline = time.monotonic() + _SECONDS_TO_IMPORT
            while not address.exists():
                assert server.poll() is None, (folder / "log.txt").read_text(errors="replace")
                assert time.monotonic() < deadline, "the server of programs takes too long to start"
                time.sleep(0.05)
    return str(address)
