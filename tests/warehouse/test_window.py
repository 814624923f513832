"""The window: which raw days are read."""

from datetime import date

from tests.warehouse.harness import Home

PATTERNS = {
    ("2024-02-01", "2024-02-01"): "2024-02-01",
    ("2024-02-01", "2024-02-09"): "2024-02-0*",
    ("2024-01-30", "2024-02-02"): "2024-0*",
    ("2019-12-31", "2020-01-01"): "20*",
    ("1999-12-31", "2000-01-01"): "*",
}


def test_raw_days_are_listed_by_what_the_windows_days_begin_with(regtest_home: Home) -> None:
    calls = " ".join(f"{{{{ days_pattern('{first}', '{last}') }}}}" for first, last in PATTERNS)
    found = regtest_home.dbt("compile", "--inline", calls)
    assert found.stdout.strip().splitlines()[-1].split() == list(PATTERNS.values())


def test_a_window_without_raw_days_builds_nothing(regtest_home: Home) -> None:
    before = regtest_home.contents()
    regtest_home.build(date(2031, 1, 1), date(2031, 1, 3), select="outputs", keyframe_period="month")
    assert regtest_home.contents() == before
