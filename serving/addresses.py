"""Where a request comes from, as far as limits are concerned."""

from ipaddress import IPv4Address, IPv6Network, ip_address

from starlette.types import Scope

# Whoever has one IPv6 address has its whole network of this size.
_IPV6_NETWORK = 64
_LONGEST = 64


def origin(scope: Scope) -> str:
    """The IPv4 address of a caller, or the network that its IPv6 address lies in."""
    client = scope.get("client")
    host = str(client[0])[:_LONGEST] if client else ""
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        # A proxy may have passed on something else.
        return host
    if isinstance(address, IPv4Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(IPv6Network((address, _IPV6_NETWORK), strict=False))
