"""Counts in answers: 4, where GraphQL's own type of numbers would have it 4.0."""

JsonValue = dict[str, "JsonValue"] | list["JsonValue"] | str | float | int | bool | None


class Whole(float):
    """A whole number that GraphQL takes for the Float that it is, so that the type keeps the name that tools know."""


def print_whole(value: JsonValue) -> JsonValue:
    """An answer with its whole numbers as JSON has them, without a fraction."""
    if isinstance(value, list):
        return [print_whole(item) for item in value]
    if isinstance(value, dict):
        return {name: print_whole(item) for name, item in value.items()}
    return int(value) if isinstance(value, Whole) else value
