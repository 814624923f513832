"""Sizes on disk for display."""

from pathlib import Path


def bytes_of(path: Path, pattern: str = "*") -> int:
    """Size of a file, or of all files below a folder that match a pattern; 0 where there is nothing."""
    files = [path] if path.is_file() else [file for file in path.rglob(pattern) if file.is_file()]
    return sum(file.stat().st_size for file in files)


def readable(size: float) -> str:
    """A number of bytes in a suitable unit, with three digits."""
    for unit in ("bytes", "KB", "MB", "GB"):
        # 999.5 would be rounded to 1e+03
        if size < 999.5:
            return f"{size:.3g} {unit}"
        size /= 1000
    return f"{size:,.1f} TB"
