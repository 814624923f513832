"""The server: imports what the programs need, then forks one for each connection."""

import gc
import importlib
import io
import json
import os
import pkgutil
import select
import signal
import socket
import sys
import threading
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

# Modules that hold settings of the home which their process is at work on.
_OF_A_HOME = {"definitions", "partitions", "assets", "checks", "schedules", "sensors"}
# Modules that need a package of an extra, which may not be installed.
_OF_EXTRAS = {"postgres_event_log"}
# The standard input, output and error of a program.
STREAMS = 3
# Names a file for the processor time of each program: most time of the suite goes into builds.
COSTS = "WARM_COSTS"
LENGTH_BYTES = 8


def main(address: str, owner: int) -> Callable[[], object] | None:
    """Fork programs until a process is gone; in each of them, return what it is to run.

    Args:
        address: of the socket that the server listens on.
        owner: id of the process to end with.
    """
    _import_everything()
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        # Bound under another name until it listens, because clients wait for the file.
        listener.bind(f"{address}.new")
        listener.listen(64)
        Path(f"{address}.new").rename(address)
        listener.settimeout(1)
        # Children that answer are reaped by the kernel, because nothing waits for them.
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)
        while _runs(owner):
            try:
                connection, _ = listener.accept()
            except TimeoutError:
                continue
            if os.fork() == 0:
                listener.close()
                connection.setblocking(True)
                return _answer(connection)
            connection.close()
    return None


def _import_everything() -> None:
    """Import the product but for what depends on a home, and dbt."""
    for package in ("dagster_project", "serving"):
        module = importlib.import_module(package)
        for found in pkgutil.walk_packages(module.__path__, f"{package}."):
            if found.name.rpartition(".")[2] not in _OF_A_HOME | _OF_EXTRAS | {"__main__"}:
                importlib.import_module(found.name)
    # Of these, the product imports some parts only when it calls them.
    for name in ("dbt.cli.main", "dbt.adapters.duckdb", "pyarrow.dataset", "dagster_duckdb"):
        importlib.import_module(name)
    # What is imported stays. Else each program's garbage collection would look through all of it, and copy its pages.
    gc.collect()
    gc.freeze()
    if "dagster_project.partitions" in sys.modules:
        raise ImportError("a module that depends on the home is imported here: name it in _OF_A_HOME")


def _answer(connection: socket.socket) -> Callable[[], object]:
    """Fork the program that a client asks for, and tell how it ends; in the program, return what it is to run."""
    message, streams, _, _ = socket.recv_fds(connection, LENGTH_BYTES, STREAMS)
    request = json.loads(_received(connection, int.from_bytes(message)))
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    program = os.fork()
    if program == 0:
        connection.close()
        return _becomes(streams, **request)
    for stream in streams:
        os.close(stream)
    connection.sendall(program.to_bytes(LENGTH_BYTES))
    ended = os.pidfd_open(program)
    ready, _, _ = select.select([ended, connection], [], [])
    if ended not in ready:
        # The client is gone, and nobody else would end what it began.
        os.kill(program, signal.SIGKILL)
    _, status, used = os.wait4(program, 0)
    status = os.waitstatus_to_exitcode(status)
    _tell_cost(request, used.ru_utime + used.ru_stime)
    with connection:
        if ended in ready:
            connection.sendall(status.to_bytes(LENGTH_BYTES, signed=True))
    os._exit(0)


def _tell_cost(request: dict[str, Any], seconds: float) -> None:
    """Add a line to the file that the environment names, if it does: processor time, test, arguments."""
    if COSTS in os.environ:
        test = request["environment"].get("PYTEST_CURRENT_TEST", "")
        with Path(os.environ[COSTS]).open("a", encoding="utf-8") as file:
            file.write(f"{seconds:.1f}\t{test}\t{' '.join(request['arguments'])}\n")


def _received(connection: socket.socket, length: int) -> bytes:
    data = b""
    while len(data) < length:
        data += connection.recv(length - len(data))
    return data


def _becomes(
    streams: list[int], entry: str, arguments: list[str], environment: dict[str, str], folder: str
) -> Callable[[], object]:
    """Make this process the program that was asked for, and return its main function."""
    for target, stream in enumerate(streams):
        os.dup2(stream, target)
        os.close(stream)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    time.tzset()
    if environment.get("PYTHONUNBUFFERED"):
        for said in (sys.stdout, sys.stderr):
            assert isinstance(said, io.TextIOWrapper)
            said.reconfigure(write_through=True)
    sys.argv = arguments
    module, _, name = entry.partition(":")
    return getattr(importlib.import_module(module), name)


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def _run(program: Callable[[], object]) -> NoReturn:
    """Run a program and end as Python would.

    But for its last step: to take down in a fork what libraries with threads of their own have set up ends in a crash.
    """
    code = 1
    try:
        program()
        code = 0
    except SystemExit as end:
        if isinstance(end.code, int | None):
            code = end.code or 0
        else:
            sys.stderr.write(f"{end.code}\n")
    except BaseException:  # noqa: BLE001 (as Python itself does with what nobody caught)
        traceback.print_exc()
    finally:
        threading._shutdown()  # pyright: ignore[reportAttributeAccessIssue]
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    asked = main(sys.argv[1], int(sys.argv[2]))
    if asked:
        _run(asked)
