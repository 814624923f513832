"""Sentences for parameters that do not have the documented type or bounds."""

from collections.abc import Mapping
from typing import Any

from fastapi.exceptions import RequestValidationError

from serving.errors import BadParameterError, shortened


def as_bad_parameter(error: RequestValidationError) -> BadParameterError:
    """The first of the problems, as the error that the caller sees."""
    problem: Mapping[str, Any] = error.errors()[0]
    parameter = str(problem["loc"][-1])
    return BadParameterError(shortened(parameter), _sentence(problem))


def _sentence(problem: Mapping[str, Any]) -> str:
    bounds = problem.get("ctx", {})
    value = f"Value '{shortened(str(problem.get('input')))}'"
    match problem["type"]:
        case "missing":
            return "It is required."
        case "extra_forbidden":
            return "There is no parameter of this name here."
        case "less_than_equal":
            return f"{value} is not supported: it must be at most {bounds['le']}."
        case "greater_than_equal":
            return f"{value} is not supported: it must be at least {bounds['ge']}."
        case "enum":
            return f"{value} is not supported: it must be {bounds['expected']}."
        case "int_parsing" | "int_parsing_size" | "int_from_float" | "int_type":
            return f"{value} is not supported: it must be a whole number."
        case "bool_parsing" | "bool_type":
            return f"{value} is not supported: it must be true or false."
        case _:
            return f"{value} is not supported."
