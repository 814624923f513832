"""Cells of CSV files that may be opened in a spreadsheet."""

import re

_FORMULA = re.compile(r"[=+\-@\t\r]")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|[+-]?inf(inity)?|[+-]?nan", re.IGNORECASE)


def cell(value: object) -> object:
    """A value unchanged, except that a text which a spreadsheet would read as a formula gets an apostrophe in front.

    This is needed because names of entities come from other people's lists. Numbers are unchanged, also as text.
    """
    if isinstance(value, str) and _FORMULA.match(value) and not _NUMBER.fullmatch(value):
        return f"'{value}"
    return value
