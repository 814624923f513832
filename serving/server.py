"""The server's process."""

import ctypes
import logging
import resource
import socket
from pathlib import Path
from typing import Any

import uvicorn
import uvicorn.config
from rich.console import Console

from dagster_project.json_log import JsonLines
from dagster_project.ports import cannot_listen
from dagster_project.settings import LogFormat, Settings
from serving.app import create_app
from serving.connections import Counts, Limits, bounded
from serving.errors import UnreadableError
from serving.hosts import LOOPBACK, is_loopback
from serving.keys import KeyFile
from serving.published import Published
from serving.sql.run import SqlRunner

_LOG = logging.getLogger("serving")
# A parameter of glibc's mallopt(3).
_M_ARENA_MAX = -8
_ARENAS = 2
# File descriptors kept free for published files, all of which one query may read, and for Python.
_OTHER_FILES = 500


def run(settings: Settings, host: str, port: int, keys: Path | None, *, sql: bool = False) -> None:
    """Serve until interrupted.

    Args:
        settings: whose home is served.
        host: address to listen on.
        port: port to listen on, 0 for a free one; the first line printed says which.
        keys: file of the API keys that callers must have; None where everyone may ask.
        sql: whether callers may ask in SQL.

    Raises:
        SatledgerError: nothing is published yet, or the address is taken.
    """
    _share_heaps()
    logging.getLogger("uvicorn.error").addFilter(_SaidAlready())
    published = Published(settings.published, settings.threads)
    dbt_docs = settings.home.resolve() / "docs"
    chain, origins = settings.resolved_chain, settings.cors_origins
    counts = Counts()
    hosts = settings.allowed_hosts or (LOOPBACK if is_loopback(host) else ("*",))
    queries = SqlRunner() if sql else None
    application = create_app(
        published, KeyFile(keys) if keys else None, dbt_docs, chain, origins, hosts, counts, queries
    )
    protocol = bounded(Limits(connections=_room_for(settings.max_connections)), counts)
    # The access log would hold the keys, which Coin Metrics' clients send as part of the address.
    server = uvicorn.Server(
        uvicorn.Config(
            application,
            http=protocol,
            log_config=_log_config(settings.log_format),
            log_level="warning",
            access_log=False,
            server_header=False,
        )
    )
    with _listening(host, port) as listener:
        address = f"[{host}]" if ":" in host else host
        asked = f"API keys of {keys} are asked for" if keys else "no API key is asked for"
        note = (
            f"satledger on http://{address}:{listener.getsockname()[1]}, home {settings.home}; {asked}; Ctrl-C ends it."
        )
        if settings.log_format is LogFormat.JSON:
            _LOG.warning("%s", note)
        else:
            Console(stderr=True).print(note, markup=False, highlight=False, soft_wrap=True)
        server.run(sockets=[listener])


def _log_config(form: LogFormat) -> dict[str, Any]:
    """The configuration of all logs of the process, in the shape of `logging.config`."""
    if form is LogFormat.TEXT:
        return uvicorn.config.LOGGING_CONFIG
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"lines": {"()": JsonLines}},
        "handlers": {"lines": {"class": "logging.StreamHandler", "formatter": "lines"}},
        "root": {"handlers": ["lines"], "level": "WARNING"},
    }


def _room_for(connections: int) -> int:
    """The number of connections that the limit of open files allows; raises the soft limit if needed."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = connections + _OTHER_FILES
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        return max(1, min(connections, soft - _OTHER_FILES))
    return connections


def _share_heaps() -> None:
    """Have all threads allocate from a few heaps.

    By default glibc gives nearly every thread one of its own. Each keeps the holes that answers of all sizes leave, and
    over many thousands of requests memory creeps up.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_ARENA_MAX, _ARENAS)


class _SaidAlready(logging.Filter):
    """Drops what the log need not hold.

    That is the stack of an answer that broke off because the copy proved damaged, on which it has a sentence; and a
    line for everyone who sends what is no HTTP: they are told.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the record is to be logged."""
        if record.msg == "Invalid HTTP request received.":
            return False
        error = record.exc_info[1] if record.exc_info else None
        while isinstance(error, BaseExceptionGroup):
            error = error.exceptions[0]
        return not isinstance(error, UnreadableError)


def _listening(host: str, port: int) -> socket.socket:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, protocol)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(2048)
    except (OSError, UnicodeError) as error:
        raise cannot_listen(host, port, error) from None
    return listener
