"""Publishes a warehouse, in a process that a test kills: python killed.py WAREHOUSE PUBLISHED."""

import sys
from datetime import timedelta
from pathlib import Path

from dagster_project.publish.copy import publish
from tests.publishing.ledger import MODELS, NOW

if __name__ == "__main__":
    # Everything is loaded: what is killed from here on is publishing.
    sys.stdout.write("begins\n")
    sys.stdout.flush()
    publish(Path(sys.argv[1]), Path(sys.argv[2]), MODELS, now=NOW + timedelta(hours=1))
