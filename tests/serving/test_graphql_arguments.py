"""Every argument of the schema, passed as a variable, has an effect or is refused by its name."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLObjectType,
    build_client_schema,
    get_introspection_query,
    get_named_type,
    is_list_type,
    is_required_argument,
)

from serving.graphql.endpoint import SCHEMA
from tests.serving.copies import day, make_copy
from tests.serving.servers import Server, make_key

Arguments = dict[str, Any]

# Where the fields of a type are found. Flows can change with new labels, so that onlyFinalizedData cannot be kept.
PARENTS = {"RootQueryType": "", "Metric": 'getMetric(metric: "FlowInBNBNtv")', "User": "currentUser"}
NEEDED: Arguments = {"from": str(day(0)), "to": str(day(60)), "slug": "bitcoin", "metric": "BlkCnt"}
# An argument's value that is not what it is by default.
OTHER: Arguments = {
    "from": str(day(25)),
    "to": str(day(30)),
    "slug": "litecoin",
    "metric": "TxCnt",
    "interval": "toStartOfMonth",
    "aggregation": "COUNT",
    "transform": {"type": "changes"},
    "includeIncompleteData": True,
    "onlyFinalizedData": True,
    "cachingParams": {"baseTtl": 1},
    "asOf": "2000-01-01",
    "selector": {"slug": "bitcoin"},
    "fields": {"datetime": "d"},
    "product": "SANBASE",
    "plan": "FREE",
    "filter": "QUERY",
    "hasIncompleteData": True,
    "nameRegexFilter": "^Flow.*Ntv$",
    "version": "2.0",
    "page": 1,
    "pageSize": 1,
    "authMethod": "BASIC",
}
# Requests are counted while the server runs, which is now.
NEEDED_OF_USER: Arguments = {"from": "utc_now-1d", "to": "utc_now"}
OTHER_OF_USER: Arguments = {**OTHER, "from": "2999-01-01", "to": "utc_now - 1d", "interval": "toStartOfYear"}
# What they ask for is so of every answer: no day is published before it is complete, and there are no plans.
GRANTED = {"includeIncompleteData", "product", "plan"}
PYTHON = ("None", "True", "False", "Traceback", "<locals>", "object at 0x", "positional", "{'", "['", "GraphQL")


@pytest.fixture(scope="module")
def keyed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, str]]:
    """A server that knows who asks, and a key; without one there is no user to ask for."""
    home: Path = tmp_path_factory.mktemp("keyed")
    make_copy(home / "published" / "satledger.duckdb")
    key = make_key(home, "walker", "--requests", "100000")
    with Server(home, "--keys") as running:
        yield running, key
        assert "Traceback" not in running.log
        assert "resolver failed" not in running.log


def every_argument() -> Iterator[tuple[str, str, str]]:
    for parent in PARENTS:
        found = SCHEMA.type_map[parent]
        assert isinstance(found, GraphQLObjectType)
        for field, definition in found.fields.items():
            yield from ((parent, field, argument) for argument in definition.args)


def ask(keyed: tuple[Server, str], parent: str, field: str, values: Arguments) -> dict[str, Any]:
    """Ask for a field, each argument a variable of the type that the schema gives it."""
    owner = SCHEMA.type_map[parent]
    assert isinstance(owner, GraphQLObjectType)
    definition = owner.fields[field]
    declared = ", ".join(f"${name}: {definition.args[name].type}" for name in values)
    passed = {name: f"${name}" for name in values}
    document = f"query Walk({declared}) {call(parent, field, passed)}" if values else call(parent, field, passed)
    return post(keyed, document, values)


def call(parent: str, field: str, passed: dict[str, str]) -> str:
    """A document, or the body of one, that asks for a field."""
    owner = SCHEMA.type_map[parent]
    assert isinstance(owner, GraphQLObjectType)
    arguments = "(" + ", ".join(f"{name}: {value}" for name, value in passed.items()) + ")" if passed else ""
    inner = f"{field}{arguments}{selection(owner.fields[field].type)}"
    return f"{{{PARENTS[parent]}{{{inner}}}}}" if PARENTS[parent] else f"{{{inner}}}"


def post(keyed: tuple[Server, str], document: str, values: Arguments | None = None) -> dict[str, Any]:
    server, key = keyed
    answer = requests.post(
        f"{server.url}/graphql",
        json={"query": document, "variables": values},
        headers={"authorization": f"Apikey {key}"},
        timeout=30,
    )
    assert answer.status_code == 200, answer.text
    return answer.json()


def selection(kind: Any) -> str:  # noqa: ANN401
    named = get_named_type(kind)
    if not isinstance(named, GraphQLObjectType):
        return ""
    plain = [
        name for name, field in named.fields.items() if not isinstance(get_named_type(field.type), GraphQLObjectType)
    ]
    return "{" + " ".join([*[name for name in plain if not named.fields[name].args], *deeper(named)]) + "}"


def deeper(named: GraphQLObjectType) -> list[str]:
    """Fields that are objects themselves, where they have nothing but plain fields."""
    return {
        "Metric": ["metadata{metric}"],
        "MetricData": ["valueOhlc{open close}"],
        "MetricDataPerSlug": ["data{slug value}"],
    }.get(named.name, [])


def needed(parent: str, field: str, without: str = "") -> Arguments:
    """The arguments that a field cannot do without: those that are required, and an asset where one has to be named."""
    owner = SCHEMA.type_map[parent]
    assert isinstance(owner, GraphQLObjectType)
    known = owner.fields[field].args
    needs = NEEDED_OF_USER if parent == "User" else NEEDED
    values = {name: needs[name] for name, argument in known.items() if is_required_argument(argument)}
    if "slug" in known and without != "selector":
        values["slug"] = NEEDED["slug"]
    elif "selector" in known and without != "selector":
        values["selector"] = {"slugs": ["bitcoin"]}
    return values


def messages(answer: dict[str, Any]) -> str:
    return " ".join(error["message"] for error in answer.get("errors", []))


@pytest.mark.parametrize(("parent", "field", "argument"), list(every_argument()))
def test_every_argument_has_an_effect_or_is_refused_by_name(
    keyed: tuple[Server, str], parent: str, field: str, argument: str
) -> None:
    base = needed(parent, field, argument)
    other = (OTHER_OF_USER if parent == "User" else OTHER)[argument]
    before = ask(keyed, parent, field, base)
    after = ask(keyed, parent, field, {**base, argument: other})
    if argument in GRANTED:
        assert "errors" not in after
        assert after == before
        owner = SCHEMA.type_map[parent]
        assert isinstance(owner, GraphQLObjectType)
        assert owner.fields[field].args[argument].description
    elif "errors" in after:
        assert argument in messages(after) or str(other) in messages(after), after
    else:
        assert after != before


def every_input_field() -> Iterator[tuple[str, str, str, str]]:
    for parent, field, argument in every_argument():
        owner = SCHEMA.type_map[parent]
        assert isinstance(owner, GraphQLObjectType)
        kind = get_named_type(owner.fields[field].args[argument].type)
        if isinstance(kind, GraphQLInputObjectType):
            yield from ((parent, field, argument, name) for name in kind.fields)


def sample(kind: GraphQLInputObjectType, name: str) -> Any:  # noqa: ANN401
    """A value of the type of an input object's field."""
    known = {"slug": "bitcoin", "slugs": ["bitcoin"], "type": "moving_average", "movingAverageBase": 3}
    if name in known:
        return known[name]
    found = get_named_type(kind.fields[name].type)
    if isinstance(found, GraphQLEnumType):
        value: Any = next(iter(found.values))
    elif isinstance(found, GraphQLInputObjectType):
        value = {next(iter(found.fields)): "x"}
    else:
        value = 7 if found.name == "Int" else "bitcoin"
    return [value] if is_list_type(kind.fields[name].type) else value


@pytest.mark.parametrize(("parent", "field", "argument", "name"), list(every_input_field()))
def test_every_field_of_an_input_object_has_an_effect_or_is_refused_by_name(
    keyed: tuple[Server, str], parent: str, field: str, argument: str, name: str
) -> None:
    owner = SCHEMA.type_map[parent]
    assert isinstance(owner, GraphQLObjectType)
    kind = get_named_type(owner.fields[field].args[argument].type)
    assert isinstance(kind, GraphQLInputObjectType)
    base = needed(parent, field, argument)
    given = {name: sample(kind, name)}
    without: Arguments = {}
    if name == "ignoredSlugs":
        without = {"slugs": ["bitcoin"]}
    if argument == "transform":
        # Neither field means anything without the other.
        given = {"type": "moving_average", "movingAverageBase": 3}
        without = (
            {"type": "moving_average", "movingAverageBase": 4} if name == "movingAverageBase" else {"type": "none"}
        )
    before = ask(keyed, parent, field, {**base, argument: without})
    after = ask(keyed, parent, field, {**base, argument: {**without, **given}})
    if "errors" in after:
        assert name in messages(after) or argument in messages(after), after
    assert after != before


@pytest.mark.parametrize("kind", [t for t in SCHEMA.type_map.values() if isinstance(t, GraphQLEnumType)], ids=str)
def test_every_value_of_an_enum_can_be_a_variable(keyed: tuple[Server, str], kind: GraphQLEnumType) -> None:
    for parent, field, argument in every_argument():
        owner = SCHEMA.type_map[parent]
        assert isinstance(owner, GraphQLObjectType)
        if get_named_type(owner.fields[field].args[argument].type) is kind:
            for value in kind.values:
                found = ask(keyed, parent, field, {**needed(parent, field, argument), argument: value})
                assert "errors" not in found or value in messages(found)
            wrong = messages(ask(keyed, parent, field, {**needed(parent, field, argument), argument: "NEVER"}))
            assert "NEVER" in wrong and f"${argument}" in wrong


WRONG: list[Any] = [None, True, 1, 1.5, "x", "", [], {}, [None], [True], {"slug": None, "x": False}, {"type": None}, -1]


@pytest.mark.parametrize(("parent", "field", "argument"), list(every_argument()))
def test_errors_are_written_for_callers_and_not_by_python(
    keyed: tuple[Server, str], parent: str, field: str, argument: str
) -> None:
    base = needed(parent, field, argument)
    literals = {name: written(value) for name, value in base.items()}
    for value in WRONG:
        for found in (
            ask(keyed, parent, field, {**base, argument: value}),
            post(keyed, call(parent, field, {**literals, argument: written(value)})),
        ):
            assert not [word for word in PYTHON if word in messages(found)], (value, found)
            for error in found.get("errors", []):
                assert set(error) <= {"message", "locations", "path"}


def written(value: object) -> str:
    """A value as documents have it: JSON, but for the names of fields, which are bare."""
    return re.sub(r'"(\w+)":', r"\1:", json.dumps(value))


def test_the_wrong_place_in_a_variable_is_named(keyed: tuple[Server, str]) -> None:
    given = {"slug": "bitcoin", "holderCount": [True, None]}
    found = messages(ask(keyed, "Metric", "availableSince", {"selector": given}))
    assert found.startswith("The variable '$selector' has the value ")
    assert '{"slug": "bitcoin", "holderCount": [true, null]}' in found
    assert "'holderCount' is not defined" in found and "holdersCount" in found


def test_names_in_snake_case(keyed: tuple[Server, str]) -> None:
    server, _ = keyed
    body = 'timeseriesData(slug: "bitcoin", from: "{0}", to: "{1}", {2}){{value}}'

    def values(rest: str, variables: Arguments | None = None, declared: str = "") -> Any:  # noqa: ANN401
        document = f'{declared}{{getMetric(metric: "BlkCnt"){{{body.format(day(0), day(9), rest)}}}}}'
        asked = {"query": document, "variables": variables}
        headers = {"authorization": f"Apikey {keyed[1]}"}
        return requests.post(f"{server.url}/graphql", json=asked, headers=headers, timeout=30).json()

    expected = values('transform: {type: "moving_average", movingAverageBase: 3}')
    assert "errors" not in expected
    assert (
        values('transform: {type: "movingAverage", moving_average_base: 3}, include_incomplete_data: true') == expected
    )
    transform = {"type": "moving_average", "moving_average_base": 3}
    declared = "query Q($t: TimeseriesMetricTransformInputObject) "
    assert values("transform: $t", {"t": transform}, declared) == expected
    twice = values("transform: $t", {"t": {**transform, "movingAverageBase": 4}}, declared)
    assert "given twice" in messages(twice)


def test_the_schema_can_be_read_by_tools(keyed: tuple[Server, str]) -> None:
    server, key = keyed
    found = server.graphql(get_introspection_query(), key).json()
    schema = build_client_schema(found["data"])
    assert "interval" in schema.type_map
    assert str(schema.get_type("MetricData").fields["value"].type) == "Float"  # type: ignore[union-attr]
