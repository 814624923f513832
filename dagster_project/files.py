"""Files that survive a power cut."""

import os
from pathlib import Path


def sync(path: Path) -> None:
    """Have the disk hold what was written to a file, or the names that were put into a folder."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
