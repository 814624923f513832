"""Every whole number that a REST endpoint takes, at its ends and beyond, together with every other: never a 500."""

from itertools import combinations, product
from typing import Any

import duckdb
import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from serving.statements import Statement
from tests.serving.copies import txid
from tests.serving.servers import Server

# Ends of the types that a number may be kept in, what lies next to them, and a million, which DuckDB has a bound at.
EDGES = (0, 1, 10**6, 2**31 - 1, 2**31 + 1, 2**63 - 1, 2**63 + 1)

# What the other parameters may be, so that rows are reached.
TEXTS = {
    "assets": ("btc", "btc,ltc,eth", "*"),
    "metrics": ("TxCnt", "RevNtv,DiffLast", "FlowInBNBNtv"),
    "frequency": ("1d", "1b"),
    "timezone": ("UTC", "Asia/Tokyo"),
    "start_time": ("2023-01-05", "0001-01-01", "9999-12-31"),
    "end_time": ("2023-01-09", "0001-01-01", "9999-12-31T23:59:59.999999999"),
    "asset": ("btc",),
    "accounts": ("miner1", "miner1,FEES,new7"),
    "include": ("metrics",),
    "exclude": ("metrics",),
}
# Of the ledger one account, as each of some thousands of questions about all of them would take a tenth of a second.
REQUIRED = {"assets": "btc", "metrics": "RevNtv", "accounts": "miner1"}

Parameter = dict[str, Any]
Endpoints = dict[str, dict[str, Parameter]]


@pytest.fixture(scope="module")
def endpoints(server: Server) -> Endpoints:
    """The parameters of every endpoint by name, from the server's own description; what a path names is filled in."""
    paths = server.get("/openapi.json").json()["paths"]
    return {
        path.format(asset="btc", account="miner1", block_hash=f"{7:064x}", txid=txid(7, 1)): {
            parameter["name"]: parameter
            for parameter in operations["get"].get("parameters", ())
            if parameter["in"] == "query"
        }
        for path, operations in paths.items()
        if "get" in operations
    }


def schemas(parameter: Parameter) -> list[dict[str, Any]]:
    """The types that a parameter has, whether it may be left out or not."""
    return parameter["schema"].get("anyOf", [parameter["schema"]])


def whole_numbers(parameters: dict[str, Parameter]) -> dict[str, list[int]]:
    """The values to try of every parameter that is a whole number."""
    found: dict[str, list[int]] = {}
    for name, parameter in parameters.items():
        for schema in schemas(parameter):
            if schema.get("type") == "integer":
                largest = schema["maximum"]
                found[name] = sorted({*EDGES, schema["minimum"] - 1, schema["minimum"], largest, largest + 1})
    return found


def others(name: str, parameter: Parameter) -> tuple[str, ...]:
    """The values to try of a parameter that is none."""
    if name in TEXTS:
        return TEXTS[name]
    kinds = schemas(parameter)
    if any(schema.get("type") == "boolean" for schema in kinds):
        return ("true", "false")
    return tuple(value for schema in kinds for value in schema.get("enum", ()))


def ask(session: requests.Session, server: Server, path: str, asked: dict[str, object]) -> None:
    answer = session.get(server.url + path, params={name: str(value) for name, value in asked.items()}, timeout=60)
    assert answer.status_code in (200, 400), f"{answer.status_code} {answer.url} {answer.text[:200]}"
    if answer.status_code == 400:
        assert answer.json()["error"]["type"] == "bad_parameter"


@pytest.mark.long
def test_every_pair_of_ends(server: Server, endpoints: Endpoints) -> None:
    assert sum(len(whole_numbers(parameters)) for parameters in endpoints.values()) >= 12
    with requests.Session() as session:
        for path, parameters in endpoints.items():
            base = {name: value for name, value in REQUIRED.items() if name in parameters}
            numbers = whole_numbers(parameters)
            for frequency in ("1d", "1b") if "frequency" in parameters else ("",):
                base |= {"frequency": frequency} if frequency else {}
                for (name, values), paging in product(numbers.items(), ("start", "end")):
                    for value in values:
                        ask(session, server, path, {**base, "paging_from": paging, name: value})
                for one, other in combinations(numbers, 2):
                    for a, b in product(numbers[one], numbers[other]):
                        ask(session, server, path, {**base, one: a, other: b})


@settings(max_examples=400, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(data=st.data())
def test_every_number_together_with_everything_else(server: Server, endpoints: Endpoints, data: st.DataObject) -> None:
    path = data.draw(st.sampled_from(sorted(path for path in endpoints if whole_numbers(endpoints[path]))))
    parameters = endpoints[path]
    numbers = whole_numbers(parameters)
    values: dict[str, st.SearchStrategy[object]] = {name: st.sampled_from(some) for name, some in numbers.items()}
    for name, parameter in parameters.items():
        if name not in numbers and (some := others(name, parameter)):
            values[name] = st.sampled_from(some)
    required = {name: values.pop(name) for name in REQUIRED if name in values and parameters[name].get("required")}
    # Fewer at once than there are, else each refuses for another's sake and no rows are ever asked for.
    chosen = data.draw(st.lists(st.sampled_from(sorted(values)), max_size=5, unique=True))
    asked = {name: data.draw(values[name], label=name) for name in chosen}
    asked |= {name: data.draw(value, label=name) for name, value in required.items()}
    with requests.Session() as session:
        ask(session, server, path, asked)


@pytest.mark.parametrize("limit", [1, 999, 1_000, 1_001, 2_999, 3_000, 999_999, 10**6, 2**31 - 1])
@pytest.mark.parametrize("direction", ["", "desc"])
def test_the_first_rows_of_each_group_at_any_limit(limit: int, direction: str) -> None:
    statement = Statement()
    clause = statement.first_of_each("name", f"day {direction}", limit)
    rows = "(select unnest(['a', 'b']) as name, day from range(3_000) days(day))"
    with duckdb.connect() as connection:
        found = connection.execute(f"select name, day from {rows} {clause}", statement.values).fetchall()
    days = sorted(range(3_000), reverse=direction == "desc")[:limit]
    assert sorted(found) == sorted((name, day) for name in "ab" for day in days)
