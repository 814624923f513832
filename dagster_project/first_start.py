"""What the first start compiles: another process does it while the first one loads Dagster.

In a fresh clone the dbt project is parsed (8 s), and numba compiles the code that proves blocks (18 s). Both are the
work of one processor, and blocks are not read before Dagster is loaded and the run is planned, for about 30 s.
"""

import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from dagster_project.settings import Chain, Settings, Source
from dagster_project.warehouse.manifest import ensure_manifest, is_parsed

# Days of the sample chain whose blocks need all code that it needs: the first ones have no payments.
_DAYS = 10


def compile_ahead(settings: Settings) -> subprocess.Popen[bytes] | None:
    """Start the other process if the dbt project was not parsed yet; else return None.

    Nothing waits for it. Who needs the parsed project before it is there waits (``ensure_manifest``), and who needs
    code before it is compiled compiles it.
    """
    if is_parsed(settings):
        return None
    # Silent: if it fails, the first process does the same, and tells why that fails.
    silent = subprocess.DEVNULL
    return subprocess.Popen([sys.executable, "-P", "-m", __name__], stdin=silent, stdout=silent, stderr=silent)


def compile_proof() -> None:
    """Have the code compiled that makes and proves the sample chain: by making its first days, in a home of its own."""
    # Imported late: nothing else here needs numba.
    from dagster_project.chain.sources.sample import SampleSource

    with TemporaryDirectory() as folder:
        source = SampleSource(Settings(home=Path(folder), chain=Chain.SAMPLE, source=Source.SAMPLE))
        list(source.extract([source.first_day() + timedelta(days=number) for number in range(_DAYS)]))


def main() -> None:
    """Parse the dbt project, and compile what the sample chain needs if that is the source."""
    settings = Settings()
    ensure_manifest(settings)
    if settings.source is Source.SAMPLE:
        compile_proof()


if __name__ == "__main__":
    main()
