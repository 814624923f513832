"""The functions that make the fields of the schema's types, and the schema with them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    assert_valid_schema,
    build_schema,
)

Resolver = Callable[..., Any]


class Resolvers:
    """The resolvers of a type; fields without one are read from the value: a key of a dict, or an attribute."""

    def __init__(self, type_name: str) -> None:
        self.type_name = type_name
        self.by_field: dict[str, Resolver] = {}

    def field(self, name: str) -> Callable[[Resolver], Resolver]:
        """Make a function the resolver of a field; it gets the parent's value, the info and the arguments by name."""

        def take(resolver: Resolver) -> Resolver:
            self.by_field[name] = resolver
            return resolver

        return take


@dataclass(frozen=True)
class Scalar:
    """How values of a scalar are read and printed; one that is never read has no ``parse``."""

    serialize: Callable[[Any], Any]
    parse: Callable[[Any], Any] | None = None


def make_schema(text: str, resolvers: list[Resolvers], scalars: Mapping[str, Scalar]) -> GraphQLSchema:
    """A schema from its definition.

    Raises:
        KeyError: a resolver or a scalar is not of this schema.
        TypeError: the definition is no schema.
    """
    schema = build_schema(text)
    for name, scalar in scalars.items():
        found = schema.type_map[name]
        assert isinstance(found, GraphQLScalarType)
        _set_scalar(found, scalar)
    for group in resolvers:
        parent = schema.type_map[group.type_name]
        assert isinstance(parent, GraphQLObjectType)
        for name, resolver in group.by_field.items():
            parent.fields[name].resolve = resolver
    assert_valid_schema(schema)
    return schema


def _set_scalar(found: GraphQLScalarType, scalar: Scalar) -> None:
    def serialize(value: object) -> object:
        return scalar.serialize(value)

    def parse(value: object) -> object:
        return scalar.parse(value) if scalar.parse is not None else value

    found.serialize = serialize
    found.parse_value = parse
