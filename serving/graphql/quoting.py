"""How a message quotes what a caller sent: as JSON, which is how it was sent."""

import json

from serving.errors import shortened


def quoted(value: object, limit: int = 100) -> str:
    """A value as JSON, cut where it is longer than ``limit`` characters."""
    return shortened(json.dumps(value, ensure_ascii=False, default=str), limit)
