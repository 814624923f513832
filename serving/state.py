"""State of a request: the newest published copy and the caller."""

from collections.abc import Callable

from fastapi import Request

from serving.published import Published, Snapshot

# Whether a metric, by its id, may be seen.
Access = Callable[[str], bool]


def newest(request: Request) -> Snapshot:
    """The version of the data that this request is answered from, from its first byte to its last."""
    published: Published = request.app.state.published
    return published.snapshot()


def access(request: Request) -> Access:
    """Tells whether the caller may see a metric."""
    return request.state.caller.may_see
