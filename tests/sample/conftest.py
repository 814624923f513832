"""The default sample chain in a database, written out once for all tests that only read it."""

from collections.abc import Iterator

import duckdb
import pytest

from dagster_project.sample.generate import SampleChain
from dagster_project.sample.plan import DEFAULT_PLAN

from .columns_in_duckdb import insert, join_inputs


@pytest.fixture(scope="session")
def chain() -> SampleChain:
    return SampleChain(DEFAULT_PLAN)


@pytest.fixture(scope="session")
def written(chain: SampleChain, tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """The tables blocks, transactions, inputs and outputs, numbered in chain order."""
    with duckdb.connect() as con:
        for _, columns in chain.blocks(0, DEFAULT_PLAN.days, tmp_path_factory.mktemp("ids")):
            if columns is not None:
                insert(con, columns, chain.parameters)
        join_inputs(con)
        yield con
