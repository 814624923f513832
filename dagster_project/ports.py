"""Ports to listen on, and the error where one cannot be used."""

import socket

from dagster_project.errors import SatledgerError


def refuse_taken(host: str, port: int) -> None:
    """Refuse an address that another program listens on, before a server starts and fails with an error of its own.

    Raises:
        SatledgerError: the address cannot be listened on.
    """
    try:
        for family, kind, protocol, _, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
            with socket.socket(family, kind, protocol) as listener:
                # Closed connections of a server that has just ended do not count as taken.
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                listener.bind(address)
                listener.listen()
    except (OSError, UnicodeError) as error:
        raise cannot_listen(host, port, error) from None


def cannot_listen(host: str, port: int, error: OSError | UnicodeError) -> SatledgerError:
    """The error to raise where an address cannot be listened on."""
    reason = error.strerror if isinstance(error, OSError) else "not a valid host name"
    return SatledgerError(f"Cannot listen on {host!r}, port {port}: {reason}; choose another with --host or --port.")
