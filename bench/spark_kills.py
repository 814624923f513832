"""Builds on Spark killed at random moments."""

from rich.console import Console

from bench import kills
from bench.report import Report
from dagster_project.settings import Engine


def run(console: Console, rounds: int) -> Report:
    """Kill four builds in each round."""
    return kills.run(console, rounds, Engine.SPARK)
