"""How dbt is called: pure functions that give its arguments and its environment."""

import json

from dagster_project.days import Days
from dagster_project.settings import Settings

# Unit tests try the models on rows of their own: they belong to development, not to every build.
_NO_UNIT_TESTS = ("--exclude-resource-type", "unit_test")


def window_vars(days: Days) -> str:
    """The vars that make the models rewrite exactly these days, as dbt's command line takes them."""
    return json.dumps({"start_day": days.first.isoformat(), "end_day": days.last.isoformat()})


def build_arguments(days: Days, select: str | None = None) -> list[str]:
    """Arguments that build the models for some days and test them."""
    chosen = ["--select", select] if select else []
    return ["build", *chosen, *_NO_UNIT_TESTS, "--vars", window_vars(days)]


def check_arguments(days: Days) -> list[str]:
    """Arguments that test what is built, without building anything."""
    return ["test", *_NO_UNIT_TESTS, "--vars", window_vars(days)]


def dbt_environment(settings: Settings) -> dict[str, str]:
    """The environment variables that the dbt project reads."""
    return {
        "SATLEDGER_HOME": str(settings.home.resolve()),
        "SATLEDGER_CHAIN": settings.resolved_chain.value,
        "SATLEDGER_MEMORY_LIMIT": settings.memory_limit,
        "SATLEDGER_THREADS": str(settings.threads),
        "SATLEDGER_TEMP_DIR": str(settings.temp),
        "DO_NOT_TRACK": "1",
    }
