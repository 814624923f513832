"""How dbt is called: its arguments and its environment."""

from dagster_project.chain.manifest import held_days
from dagster_project.days import Days
from dagster_project.settings import Settings

# Unit tests try the models on rows of their own: they belong to development, not to every build.
_NO_UNIT_TESTS = ("--exclude-resource-type", "unit_test")


# Build the models, and test them.
BUILD = ("build", *_NO_UNIT_TESTS)
# Test what is built, without building anything.
CHECK = ("test", *_NO_UNIT_TESTS)


def window_environment(days: Days) -> dict[str, str]:
    """The environment variables that make the models rewrite exactly these days."""
    return {"SATLEDGER_START_DAY": days.first.isoformat(), "SATLEDGER_END_DAY": days.last.isoformat()}


def dbt_environment(settings: Settings) -> dict[str, str]:
    """The environment variables that the dbt project reads, but for the days."""
    held = held_days(settings.raw)
    return {
        "SATLEDGER_FIRST_DAY": held[0].isoformat() if held else "",
        "SATLEDGER_LAST_DAY": held[-1].isoformat() if held else "",
        "SATLEDGER_HOME": str(settings.home.resolve()),
        "SATLEDGER_CHAIN": settings.resolved_chain.value,
        "SATLEDGER_KEYFRAMES": str(settings.keyframes or ""),
        "SATLEDGER_MEMORY_LIMIT": settings.memory_limit,
        "SATLEDGER_THREADS": str(settings.threads),
        "SATLEDGER_TEMP_DIR": str(settings.temp),
        "SATLEDGER_ENGINE": settings.engine.value,
        "SATLEDGER_WAREHOUSE": str(settings.warehouse),
        "SATLEDGER_SPARK_WAREHOUSE": str(settings.spark_folder),
        "SATLEDGER_SPARK_MASTER": settings.spark_master or f"local[{settings.threads}]",
        "SATLEDGER_SPARK_HOST": settings.spark_host or "",
        "SATLEDGER_SPARK_PORT": str(settings.spark_port),
        "DO_NOT_TRACK": "1",
    }
