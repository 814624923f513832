"""The address of a caller, by which limits are counted."""

from ipaddress import IPv4Address, IPv6Network, ip_address

from starlette.types import Scope

# A customer of a provider usually has a whole IPv6 network of this size.
_IPV6_NETWORK = 64
_LONGEST = 64


def origin(scope: Scope) -> str:
    """The IPv4 address of a caller, or the network that its IPv6 address lies in."""
    client = scope.get("client")
    host = str(client[0])[:_LONGEST] if client else ""
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        # A proxy may pass on something that is not an IP address.
        return host
    if isinstance(address, IPv4Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(IPv6Network((address, _IPV6_NETWORK), strict=False))
