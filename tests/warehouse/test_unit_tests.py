"""dbt's own unit tests need the tables they mock, so they run on a warehouse that is built."""

from tests.warehouse.harness import Home


def test_dbt_unit_tests(regtest_home: Home) -> None:
    done = regtest_home.dbt("test", "--select", "test_type:unit")
    assert done.returncode == 0, done.stdout
