"""Counts in answers: printed as 4, where GraphQL's Float would print 4.0."""

JsonValue = dict[str, "JsonValue"] | list["JsonValue"] | str | float | int | bool | None


class Whole(float):
    """A float that is printed as an integer. The type in the schema stays Float, which tools know."""


def print_whole(value: JsonValue) -> JsonValue:
    """An answer with its whole numbers as JSON has them, without a fraction."""
    if isinstance(value, list):
        return [print_whole(item) for item in value]
    if isinstance(value, dict):
        return {name: print_whole(item) for name, item in value.items()}
    return int(value) if isinstance(value, Whole) else value
