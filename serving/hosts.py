"""Allowed host names: protects against DNS rebinding, by which other sites' pages could reach the server."""

import ipaddress
from collections.abc import Sequence

from starlette.types import Scope

from serving.errors import ApiError, shortened

LOOPBACK = ("localhost", "127.0.0.1", "[::1]")
# Monitoring asks by IP address; these answers contain no host name.
_OPEN = ("/health", "/ready", "/metrics")


def is_loopback(host: str) -> bool:
    """Whether an address is reached from this machine only."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class Hosts:
    """The names, as the header Host gives them without a port."""

    def __init__(self, names: Sequence[str]) -> None:
        """Allow these names; ``*`` for all, ``*.example.org`` for all below it."""
        self._all = "*" in names
        self._names = {name.lower() for name in names if not name.startswith("*")}
        self._endings = tuple(name[1:].lower() for name in names if name.startswith("*."))

    def check(self, scope: Scope) -> None:
        """Refuse a request under another name.

        Raises:
            ApiError: the name is not allowed.
        """
        if self._all or scope["path"] in _OPEN:
            return
        given = next((value.decode("latin-1") for name, value in scope["headers"] if name == b"host"), "")
        name = given.lower().rpartition("]")[0] + "]" if given.startswith("[") else given.lower().partition(":")[0]
        if name not in self._names and not name.endswith(self._endings or ("\0",)):
            raise ApiError(
                400,
                "bad_host",
                f"The server is not to be asked as '{shortened(given)}': use a name of SATLEDGER_ALLOWED_HOSTS.",
            )
