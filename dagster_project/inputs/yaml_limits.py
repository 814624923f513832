"""Limits for YAML from others: with aliases, a few lines can expand to billions of nodes, or nest without end."""

from pathlib import Path

import yaml

# All public TagPacks together have 30 MB.
MAX_BYTES = 64 * 2**20
# TagPacks nest 5 deep. The parser recurses once for each level, and Python's stack ends at about 1,000 calls.
MAX_DEPTH = 50
# The most nodes that aliases may add to those that are written.
MAX_REPEATED = 1_000_000

# The loader in C, where it is installed, takes a tenth of the time.
Loader: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class YamlLimitError(ValueError):
    """A text is beyond a limit.

    Attributes:
        line: where, from 1 on.
        problem: which, as part of a sentence.
    """

    def __init__(self, line: int, problem: str) -> None:
        super().__init__(problem)
        self.line = line
        self.problem = problem


def read_limited(path: Path) -> str:
    """The text of a UTF-8 file whose YAML is within the limits; it may still be invalid YAML.

    Raises:
        YamlLimitError: it is larger, nests deeper, or expands to more nodes than the limits allow.
        OSError: it cannot be read.
        UnicodeDecodeError: it is not UTF-8.
    """
    if path.stat().st_size > MAX_BYTES:
        raise YamlLimitError(1, f"the file is larger than {MAX_BYTES // 2**20} MB")
    text = path.read_text(encoding="utf-8-sig")
    check_limits(text)
    return text


def check_limits(text: str) -> None:
    """Check a text event by event, so that nesting and aliases do not cost memory.

    Invalid YAML is not reported here; the parser reports it later.

    Raises:
        YamlLimitError: it nests deeper, or expands to more nodes than the limits allow.
    """
    sizes: dict[str, int] = {}
    # For each collection that has begun: its anchor, and its nodes so far.
    begun: list[tuple[str | None, int]] = []
    repeated = 0
    try:
        for event in yaml.parse(text, Loader=Loader):
            line = event.start_mark.line + 1
            size = 1
            if isinstance(event, yaml.CollectionStartEvent):
                if len(begun) == MAX_DEPTH:
                    raise YamlLimitError(line, f"it nests more than {MAX_DEPTH} deep")
                begun.append((event.anchor, 1))
                continue
            if isinstance(event, yaml.AliasEvent):
                if any(anchor == event.anchor for anchor, _ in begun):
                    raise YamlLimitError(line, f"the alias {event.anchor} stands for what it is a part of")
                size = sizes.get(event.anchor, 1)
                repeated += size
                if repeated > MAX_REPEATED:
                    raise YamlLimitError(line, f"its aliases stand for more than {MAX_REPEATED:,} nodes")
            elif isinstance(event, yaml.CollectionEndEvent):
                anchor, size = begun.pop()
                if anchor:
                    sizes[anchor] = size
            elif not isinstance(event, yaml.ScalarEvent):
                continue
            elif event.anchor:
                sizes[event.anchor] = 1
            if begun:
                begun[-1] = (begun[-1][0], begun[-1][1] + size)
    except yaml.YAMLError:
        return
