"""SQL that says what is wrong with a row of a source, before anything uses it."""

from collections.abc import Iterable

Problem = tuple[str, str]
"""A condition in SQL, and the SQL of the sentence that says what is wrong where it holds."""

# Columns that raw days need, and that every source of tables has.
BLOCK_VALUES = (
    "number",
    "hash",
    "timestamp",
    "transaction_count",
    "bits",
    "nonce",
    "version",
    "merkle_root",
    "size",
    "stripped_size",
)
TRANSACTION_VALUES = (
    "hash",
    "block_number",
    "block_hash",
    "index",
    "is_coinbase",
    "outputs",
    "input_count",
    "output_count",
    "size",
)
# A coinbase has no inputs here.
NO_INPUTS: Problem = ("input_count > 0 AND inputs IS NULL", "'inputs is missing or null'")


def missing_values(*names: str) -> list[Problem]:
    """One problem for each column: it is null or missing."""
    return [(f"{name} IS NULL", f"'{name} is missing or null'") for name in names]


def problems_of_parts(column: str, what: str, *names: str) -> list[Problem]:
    """Problems of a list of structs: an element is null, or lacks one of some fields.

    Args:
        column: the list.
        what: what an element is called.
        names: the fields that each must have.
    """
    missing = [("x IS NULL", "is null")] + [(f"x.{name} IS NULL", f"lacks {name}") for name in names]
    return [
        (
            f"len([x FOR x IN {column} IF {condition}]) > 0",
            f"'{what} ' || (list_position([{condition} FOR x IN {column}], true) - 1) || ' {trouble}'",
        )
        for condition, trouble in missing
    ]


def problem_case(problems: Iterable[Problem]) -> str:
    """An SQL expression for the first problem of a row; null where it has none."""
    return f"CASE {' '.join(f'WHEN {condition} THEN {text}' for condition, text in problems)} END"
