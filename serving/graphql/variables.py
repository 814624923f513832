"""Names of arguments in either spelling, and the values of variables checked before a document is run."""

import re
from contextlib import suppress
from typing import cast

from graphql import (
    ArgumentNode,
    DocumentNode,
    GraphQLError,
    GraphQLInputType,
    GraphQLSchema,
    ObjectFieldNode,
    OperationDefinitionNode,
    Visitor,
    coerce_input_value,
    type_from_ast,
    visit,
)

from serving.graphql.limits import MAX_DEPTH
from serving.graphql.numbers import JsonValue
from serving.graphql.quoting import quoted

# Each problem quotes the value, which may be long and have many problems.
_MOST = 10
_SNAKE = re.compile(r"(?<=[a-z0-9])_([a-z0-9])")


def camel_case(name: str) -> str:
    """A name in camel case, such as ``movingAverageBase``."""
    return _SNAKE.sub(lambda match: match[1].upper(), name)


class _EnoughError(Exception):
    """Ends the search for problems."""


class _CamelCase(Visitor):
    """Writes the names of arguments and of the fields of input objects in camel case."""

    def enter_argument(self, node: ArgumentNode, *_: object) -> None:
        node.name.value = camel_case(node.name.value)

    def enter_object_field(self, node: ObjectFieldNode, *_: object) -> None:
        node.name.value = camel_case(node.name.value)


def with_camel_case(document: DocumentNode) -> DocumentNode:
    """The document, changed in place: Santiment takes both spellings, and its own clients use both."""
    visit(document, _CamelCase())
    return document


def values_in_camel_case(value: JsonValue, depth: int = 0) -> JsonValue:
    """The value of a variable, with the keys of its objects in camel case.

    Raises:
        GraphQLError: it is nested too deeply, or an object has a key in both spellings.
    """
    if depth > MAX_DEPTH:
        raise GraphQLError(f"A variable is nested more than {MAX_DEPTH} levels deep.")
    if isinstance(value, list):
        return [values_in_camel_case(item, depth + 1) for item in value]
    if not isinstance(value, dict):
        return value
    made: dict[str, JsonValue] = {}
    for name, item in value.items():
        if camel_case(name) in made:
            raise GraphQLError(f"The field {quoted(camel_case(name))} is given twice, in two spellings.")
        made[camel_case(name)] = values_in_camel_case(item, depth + 1)
    return made


def check_variables(schema: GraphQLSchema, operation: OperationDefinitionNode, given: dict[str, JsonValue]) -> None:
    """Check the values of variables.

    GraphQL's own check, which runs again with the document, quotes values as Python writes them; this one as JSON.

    Raises:
        GraphQLError: a value is not of its variable's type; the message names the variable and the place in it.
    """
    for definition in operation.variable_definitions:
        name = definition.variable.name.value
        # What is no type of arguments was refused with the document.
        kind = cast("GraphQLInputType", type_from_ast(schema, definition.type))
        problems = _problems(f"${name}", given[name], kind) if name in given else []
        if problems:
            raise GraphQLError(" ".join(problems), definition)


def _problems(variable: str, value: JsonValue, kind: GraphQLInputType) -> list[str]:
    found: list[str] = []

    def note(path: list[str | int], wrong: JsonValue, error: GraphQLError) -> None:
        place = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
        found.append(f"The variable '{variable}{place}' has the value {quoted(wrong)}. {_reason(error)}")
        if len(found) == _MOST:
            raise _EnoughError

    with suppress(_EnoughError):
        coerce_input_value(value, kind, note)
    return found


def _reason(error: GraphQLError) -> str:
    """What is wrong, without the value that the message has already quoted."""
    reason = re.sub(r"( cannot represent .* value): .*", r"\1.", error.message, flags=re.DOTALL)
    return reason.replace("not to be None", "not to be null").replace("to be a mapping", "to be an object")
