"""Seals: JSON texts that end in the SHA-256 of all that stands before, so that a change to any byte is noticed."""

import hashlib


def sealed(text: str, depth: int = 1) -> str:
    """Put a seal at the end of an object, as its last entry.

    Args:
        text: a JSON object, indented by 2, with nothing after it.
        depth: 1 seals the object itself, 2 the object that is its last entry.

    Returns:
        The text with the entry ``seal``, and a line break at its end.
    """
    body = text.removesuffix(_closing(depth))
    return body + _ending(body.encode(), depth)


def is_sealed(data: bytes, depth: int = 1) -> bool:
    """Whether the bytes of a file are what ``sealed`` wrote."""
    body = data[: max(data.rfind(b","), 0)]
    return data[len(body) :] == _ending(body, depth).encode()


def _ending(body: bytes, depth: int) -> str:
    return f',\n{"  " * depth}"seal": "{hashlib.sha256(body).hexdigest()}"{_closing(depth)}\n'


def _closing(depth: int) -> str:
    return "".join(f"\n{'  ' * level}}}" for level in reversed(range(depth)))
