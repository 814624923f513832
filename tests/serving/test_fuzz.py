"""Requests made from the server's own OpenAPI document and GraphQL schema: no 500, no undocumented answer."""

import os
import subprocess
from pathlib import Path

import requests

from tests.serving.servers import Server

CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
# For each operation; for the night before a release, SATLEDGER_FUZZ_EXAMPLES=1000 takes an hour.
EXAMPLES = int(os.environ.get("SATLEDGER_FUZZ_EXAMPLES", "12"))


def fuzz(clients: Path, *options: object, hooks: Path | None = None) -> None:
    command = [clients.with_name("schemathesis"), "run", "--generation-deterministic", "--no-color", *options]
    environment = {**os.environ, **({"SCHEMATHESIS_HOOKS": str(hooks)} if hooks else {})}
    done = subprocess.run(
        [str(part) for part in command], env=environment, capture_output=True, text=True, check=False, timeout=600
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]


def test_openapi(server: Server, clients: Path) -> None:
    fuzz(clients, f"{server.url}/openapi.json", "--checks", CHECKS, "--max-examples", EXAMPLES, "--mode", "all")
    assert "Traceback" not in server.log


HOOKS = """
import re

import schemathesis
from hypothesis import strategies as st
from schemathesis.graphql import nodes

TEXTS = ["2023-01-05", "2024-01-01T00:00:00Z", "utc_now", "utc_now-400d", "1d", "7d", "toMonday", "x", ""]
for name in ("DateTime", "interval"):
    schemathesis.graphql.scalar(name, st.sampled_from(TEXTS).map(nodes.String))


@schemathesis.hook
def before_call(context, case, kwargs):
    # Names that exist in every other document, so that values are reached.
    if isinstance(case.body, str) and len(case.body) % 2:
        for name, value in (("metric", "BlkCnt"), ("slug", "bitcoin")):
            case.body = re.sub(name + r': "(\\\\.|[^"\\\\])*"', name + ': "' + value + '"', case.body)


@schemathesis.check
def nothing_fails_inside(context, response, case):
    assert response.status_code == 200, response.status_code
    assert "The server could not answer" not in response.text
"""


def test_graphql(server: Server, clients: Path, tmp_path: Path) -> None:
    hooks = tmp_path / "hooks.py"
    hooks.write_text(HOOKS, encoding="utf-8")
    fuzz(
        clients,
        f"{server.url}/graphql",
        "--checks",
        "nothing_fails_inside",
        "--max-examples",
        4 * EXAMPLES,
        hooks=hooks,
    )
    assert "Traceback" not in server.log


def test_the_openapi_document_says_what_the_server_does(server: Server) -> None:
    document = requests.get(f"{server.url}/openapi.json", timeout=30).json()
    operation = document["paths"]["/v4/timeseries/asset-metrics"]["get"]
    assert set(operation["responses"]) == {"200", "400", "401", "403", "404", "414", "429"}
    parameters = {parameter["name"]: parameter for parameter in operation["parameters"]}
    assert parameters["page_size"]["schema"] | {"title": ""} == {
        "type": "integer",
        "default": 100,
        "minimum": 1,
        "maximum": 10000,
        "title": "",
        "description": parameters["page_size"]["schema"]["description"],
    }
    assert [name for name, parameter in parameters.items() if parameter["required"]] == ["assets", "metrics"]
