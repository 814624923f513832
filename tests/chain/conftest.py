"""Real chains as exports."""

from pathlib import Path

import pytest

from tests.chain.lake import Row, read_lines


@pytest.fixture(scope="session")
def mainnet_export(shared: Path) -> tuple[list[Row], list[Row]]:
    """Blocks and transactions of mainnet's heights 0 to 255."""
    folder = shared / "data" / "mainnet_0_255"
    return read_lines(folder / "blocks.json.gz"), read_lines(folder / "transactions.json.gz")


@pytest.fixture(scope="session")
def regtest_export(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the export of regtest_70_days, and nothing else."""
    folder = tmp_path_factory.mktemp("regtest-export")
    for name in ("blocks.json.gz", "transactions.json.gz"):
        (folder / name).symlink_to(shared / "data" / "regtest_70_days" / name)
    return folder
