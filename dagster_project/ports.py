"""Ports to listen on, and what is said where one cannot be had."""

import socket

from dagster_project.errors import SatledgerError


def refuse_taken(host: str, port: int) -> None:
    """Refuse an address that another program listens on, before a server is started that would say so in its own way.

    Raises:
        SatledgerError: the address cannot be listened on.
    """
    try:
        for family, kind, protocol, _, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
            with socket.socket(family, kind, protocol) as listener:
                # What a server that has just ended leaves behind does not count.
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                listener.bind(address)
                listener.listen()
    except (OSError, UnicodeError) as error:
        raise cannot_listen(host, port, error) from None


def cannot_listen(host: str, port: int, error: OSError | UnicodeError) -> SatledgerError:
    """The error to raise where an address cannot be listened on."""
    reason = error.strerror if isinstance(error, OSError) else "no name of a machine"
    return SatledgerError(f"Cannot listen on {host!r}, port {port}: {reason}; choose another with --host or --port.")
