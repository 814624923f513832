"""What the tests and benchmarks use to look on while a command runs."""

import threading
from pathlib import Path

import pytest

from bench.measure import folders_of_spills, watching


def test_what_the_looking_raises_is_raised_after_the_block() -> None:
    looked = threading.Event()

    def look() -> None:
        looked.set()
        raise FileNotFoundError("gone")

    with pytest.raises(FileNotFoundError, match="gone"), watching(look, interval=0):
        assert looked.wait(10)


def test_spills_are_found_at_any_depth(tmp_path: Path) -> None:
    (tmp_path / "home" / "temp").mkdir(parents=True)
    (tmp_path / "home" / "temp" / "duckdb_temp_storage_DEFAULT-0.tmp").touch()
    assert folders_of_spills(tmp_path, tmp_path / "nowhere") == {tmp_path / "home" / "temp"}
