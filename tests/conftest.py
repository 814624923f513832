"""Fixtures that every test may use."""

from pathlib import Path

import pytest

PROJECT_ROOT = Path(__file__).resolve().parent.parent
SHARED = PROJECT_ROOT.parent / "shared"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real chain data beside the project; tests that need it are skipped where it is not."""
    if not (SHARED / "data").is_dir():
        pytest.skip("needs the test data in ../shared, which is not here")
    return SHARED
