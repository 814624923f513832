"""Services that do not answer: a build waits a little and says so, a look does not wait."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from dagster_project import progress
from dagster_project.chain.sources import open_source
from dagster_project.chain.sources import rpc as rpc_module
from dagster_project.cli.status import show
from dagster_project.errors import SatledgerError
from dagster_project.headers.model import read_assets
from dagster_project.headers.update import connect
from dagster_project.prices.sources import chosen_prices
from dagster_project.settings import Chain, Settings, Source

PASSWORD = "hidden"
NOWHERE = f"http://user:{PASSWORD}@127.0.0.1:1"


class Told:
    """Hears what the user is told."""

    def __init__(self) -> None:
        self.sentences: list[str] = []

    def __call__(self, step: str, done: int, total: int, detail: str) -> None:
        """Progress is not waiting."""

    def tell(self, sentence: str) -> None:
        """Keep a sentence."""
        self.sentences.append(sentence)


@pytest.fixture
def told() -> Iterator[Told]:
    hears = Told()
    with progress.listening(hears):
        yield hears
    assert PASSWORD not in "".join(hears.sentences)


def settings_of(home: Path, url: str = NOWHERE) -> Settings:
    return Settings(home=home, chain=Chain.REGTEST, source=Source.NODE, node_url=SecretStr(url), prices=NOWHERE)


def test_a_build_waits_for_a_node_and_says_so(tmp_path: Path, waits: list[float], told: Told) -> None:
    with pytest.raises(SatledgerError, match=r"The node at http://127.0.0.1:1 cannot be reached: see that it runs"):
        open_source(settings_of(tmp_path))
    assert len(waits) == rpc_module.ATTEMPTS - 1 and sum(waits) < 10
    # Only waits that are long enough to be reported.
    sentence = "The node at http://127.0.0.1:1 cannot be reached: trying again in {:.0f} s."
    assert told.sentences == [sentence.format(wait) for wait in waits if wait >= 1] != []


def test_a_look_at_a_node_does_not_wait(
    tmp_path: Path, waits: list[float], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(SatledgerError, match="Not all is well, as told above: tip"):
        show(settings_of(tmp_path))
    assert "The node at http://127.0.0.1:1 cannot be reached" in " ".join(capsys.readouterr().out.split())
    # One that takes connections and never answers.
    monkeypatch.setattr(rpc_module, "GLANCE_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as server:
        with pytest.raises(SatledgerError, match="Not all is well"):
            show(settings_of(tmp_path, f"http://user:{PASSWORD}@127.0.0.1:{server.getsockname()[1]}"))
        asked = 0
        server.settimeout(0.1)
        while True:
            try:
                server.accept()[0].close()
            except TimeoutError:
                break
            asked += 1
    assert "did not answer within 0.2 seconds" in " ".join(capsys.readouterr().out.split())
    assert asked == 1 and waits == []


def test_a_build_waits_for_prices_and_says_so(tmp_path: Path, waits: list[float], told: Told) -> None:
    with pytest.raises(SatledgerError, match="could not be reached, 3 times in a row: check SATLEDGER_PRICES"):
        chosen_prices(settings_of(tmp_path), {"btc"})
    assert waits == [1, 2]
    assert told.sentences == [
        f"The price service http://127.0.0.1:1 could not be reached: trying again in {wait} s." for wait in (1, 2)
    ]


@pytest.mark.parametrize("asset", ["ltc", "eth"])
def test_a_build_waits_for_the_nodes_of_other_chains_and_says_so(asset: str, waits: list[float], told: Told) -> None:
    with pytest.raises(SatledgerError, match=rf"The {asset} node at http://127.0.0.1:1 cannot be reached"):
        connect(read_assets()[asset], NOWHERE).tip()
    assert waits == [1, 2, 4, 8]
    node = f"The {asset} node at http://127.0.0.1:1 cannot be reached (ConnectionError)"
    assert told.sentences == [f"{node}: trying again in {wait:.0f} s." for wait in waits]
