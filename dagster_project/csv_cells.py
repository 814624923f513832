"""Text for CSV that people may open in a spreadsheet."""

import re

_FORMULA = re.compile(r"[=+\-@\t\r]")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|[+-]?inf(inity)?|[+-]?nan", re.IGNORECASE)


def cell(value: object) -> object:
    """A value as it is, but for text that a spreadsheet would take for a formula: that gets an apostrophe in front.

    Names of entities come from lists that others keep. Numbers stay as they are, also those written as text.
    """
    if isinstance(value, str) and _FORMULA.match(value) and not _NUMBER.fullmatch(value):
        return f"'{value}"
    return value
