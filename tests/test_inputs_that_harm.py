"""Inputs that would harm: bombs, rows without end, links, pipes. Each ends in a sentence, in little memory and time."""

import gzip
import io
import os
import resource
import socket
import zlib
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
import requests

from dagster_project.chain.sources import bad_lines
from dagster_project.chain.sources.bad_lines import first_bad_line
from dagster_project.chain.sources.export_files import check_compressed, find_exports
from dagster_project.cli import inspecting
from dagster_project.csv_cells import cell
from dagster_project.database import connect
from dagster_project.errors import SatledgerError
from dagster_project.headers import rpc
from dagster_project.headers.load import import_folder
from dagster_project.inputs import limits
from dagster_project.inputs.bounded_http import NOT_COMPRESSED, LongAnswerError, bounded_body
from dagster_project.inputs.folder import input_files
from dagster_project.inputs.intake import Intake
from dagster_project.labels.load import load_labels
from dagster_project.prices import coin_metrics
from dagster_project.prices.csv_folder import read_folder
from tests.http_server import serving

LONG = 1 << 30


def sparse(path: Path, beginning: bytes, size: int = LONG) -> Path:
    """A file that begins with something and has no more line ends; it takes no room on the disk."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.write(beginning)
        file.truncate(size)
    return path


@pytest.fixture
def little_memory() -> Iterator[None]:
    """Half of what the files of this module would take as a line."""
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + LONG // 2, hard))
    yield
    resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


@pytest.mark.usefixtures("little_memory")
@pytest.mark.parametrize("beginning", [b"", b"address,exchange,source,as_of\n", b'address,exchange,source,as_of\n"'])
def test_a_line_of_a_gigabyte(tmp_path: Path, beginning: bytes) -> None:
    files = [sparse(tmp_path / kind / name, beginning) for kind, name in (("p", "btc.csv"), ("h", "ltc.csv"))]
    sentence = rf"line {beginning.count(10) + 1}: a row of more than 1,048,576 characters"
    with pytest.raises(SatledgerError, match=sentence):
        load_labels(files[:1], lambda _: None)
    if not beginning:
        with pytest.raises(SatledgerError, match=sentence):
            read_folder(files[0].parent, {"btc"})
        with pytest.raises(SatledgerError, match=sentence):
            list(import_folder(files[1].parent, tmp_path / "lake"))


def test_a_row_that_goes_on_over_many_lines(tmp_path: Path) -> None:
    path = tmp_path / "labels.csv"
    with path.open("w", encoding="utf-8") as file:
        file.write("address,exchange,source,as_of\n")
        file.writelines('"\n",' for _ in range(limits.MAX_ROW // 4 + 10))
    with pytest.raises(SatledgerError, match="line 2: a row of more than"):
        load_labels([path], lambda _: None)


def test_a_long_line_of_json_is_found_and_not_held(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bad_lines, "PART", 1_000)
    path = tmp_path / "blocks.json"
    longest = 5_000
    with connect(None, {"threads": 1}) as connection:
        for before in (0, 3, 500):
            sparse(path, b'{"a": 1}\n' * before, 20_000)
            assert first_bad_line(connection, path, {"a": "INT"}, longest) == before + 1
        path.write_bytes(b'{"a": 1}\n{"a": x}\n' + b" " * 20_000)
        assert first_bad_line(connection, path, {"a": "INT"}, longest) == 2


def bomb(size: int) -> bytes:
    packer = zlib.compressobj(9, wbits=31)
    return b"".join([packer.compress(b" " * size), packer.flush()])


def test_files_that_unpack_to_much_more_than_they_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "blocks.json.gz"
    path.write_bytes(bomb(limits.SMALL + (2 << 20)))
    assert path.stat().st_size < 100_000
    sentence = r"blocks\.json\.gz is not read, for it unpacks to more than 200 times its size: "
    with pytest.raises(SatledgerError, match=sentence + "export it again in smaller parts"):
        check_compressed(path)
    with pytest.raises(SatledgerError, match=sentence):
        inspecting.inspect([path])
    # Small files, and usual compression ratios of text, are accepted.
    monkeypatch.setattr(limits, "SMALL", 1_000)
    path.write_bytes(gzip.compress(os.urandom(2_000)))
    check_compressed(path)
    path.write_bytes(bomb(900))
    check_compressed(path)
    assert limits.unpacking_problem(limits.MAX_UNPACKED, limits.MAX_UNPACKED) is None
    assert limits.unpacking_problem(limits.MAX_UNPACKED, limits.MAX_UNPACKED + 1) == "it unpacks to more than 256 GB"


def test_what_is_inspected_is_held_in_memory_and_may_not_be_longer(tmp_path: Path) -> None:
    with pytest.raises(SatledgerError, match=r"long\.hex has more than 1 GB: give its blocks in parts"):
        inspecting.inspect([sparse(tmp_path / "long.hex", b"", LONG + 1)])


def test_json_that_nests_for_ever_is_left_aside(tmp_path: Path) -> None:
    (tmp_path / "other.json").write_text('{"a":' + "[" * 100_000, encoding="utf-8")
    with pytest.raises(SatledgerError, match=r"no blocks\*\.json"):
        find_exports(tmp_path, Intake("blocks", tmp_path, "SATLEDGER_FILES"))


@pytest.mark.parametrize("nested", [False, True])
def test_links(tmp_path: Path, nested: bool) -> None:
    folder = tmp_path / "given"
    inside = folder / "a" if nested else folder
    inside.mkdir(parents=True)
    (folder / "own.csv").write_text("x\n", encoding="utf-8")
    (folder / "again.csv").symlink_to("own.csv")
    (inside / "circle").symlink_to(folder)
    intake = Intake("prices", folder, "SATLEDGER_PRICES")
    assert [path.name for path in input_files(folder, (".csv",), intake, nested=nested)] == ["again.csv", "own.csv"]
    assert [left.whole for name, left in intake.files.items() if "circle" in name] == ["a link to another folder"]
    # The folder itself may be a link: it is what the user names.
    (tmp_path / "link").symlink_to(folder)
    assert len(input_files(tmp_path / "link", (".csv",), intake, nested=nested)) == 2
    for target in ("/etc/passwd", "/etc"):
        (inside / "other.csv").symlink_to(target)
        with pytest.raises(SatledgerError, match=r"other\.csv is a link out of the folder .*SATLEDGER_PRICES"):
            input_files(folder, (".csv",), intake, nested=nested)
        (inside / "other.csv").unlink()


def test_pipes_and_sockets_are_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "btc.csv")
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind(str(tmp_path / "ltc.csv"))
        intake = Intake("prices", tmp_path, "SATLEDGER_PRICES")
        assert input_files(tmp_path, (".csv",), intake) == []
    assert {left.whole for left in intake.files.values()} == {"no file, but a pipe or a device"}


class Sender(BaseHTTPRequestHandler):
    """Sends what the path says, whatever was asked for."""

    def do_GET(self) -> None:
        packed = "packed" in self.path
        self.send_response(200)
        if packed:
            self.send_header("Content-Encoding", "gzip")
        self.end_headers()
        body = io.BytesIO(bomb(10 << 20) if packed else b" " * (1 << 20))
        while part := body.read(1 << 16):
            try:
                self.wfile.write(part)
            except OSError:
                return

    def do_POST(self) -> None:
        # Unread, it would have the connection reset instead of closed.
        self.rfile.read(int(self.headers["Content-Length"]))
        self.do_GET()

    def log_message(self, format: str, *args: object) -> None:
        """Stay silent."""


def test_answers_are_bounded_and_never_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(coin_metrics, "MOST_BYTES", 1 << 19)
    monkeypatch.setattr(rpc, "MOST_BYTES", 1 << 19)
    with serving(Sender) as port, requests.Session() as session:
        url = f"http://127.0.0.1:{port}"
        with session.get(f"{url}/packed", headers=NOT_COMPRESSED, stream=True, timeout=10) as answer:
            assert len(bounded_body(answer, 1 << 19, 10)) < 1 << 19
        with session.get(url, stream=True, timeout=10) as answer, pytest.raises(requests.Timeout):
            bounded_body(answer, 2 << 20, -1)
        with session.get(url, stream=True, timeout=10) as answer, pytest.raises(LongAnswerError):
            bounded_body(answer, 1 << 19, 10)
        with pytest.raises(SatledgerError, match="sent a page of more than 0 MB: check SATLEDGER_PRICES"):
            coin_metrics.fetch_prices(url, {"btc"})
        with pytest.raises(SatledgerError, match="sent no JSON with data"):
            coin_metrics.fetch_prices(f"{url}/packed", {"btc"})
        with pytest.raises(rpc.RpcError, match="an answer of more than"):
            rpc.post(session, url, {})
        with pytest.raises(rpc.RpcError, match="no answer in JSON"):
            rpc.post(session, f"{url}/packed", {})


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("=HYPERLINK(1)", "'=HYPERLINK(1)"),
        ("+1+cmd", "'+1+cmd"),
        ("-2+3", "'-2+3"),
        ("@sum", "'@sum"),
        ("\t=1", "'\t=1"),
        ("-12.5", "-12.5"),
        ("+1e-8", "+1e-8"),
        ("-inf", "-inf"),
        ("Binance", "Binance"),
        ("", ""),
        (-5, -5),
        (None, None),
    ],
)
def test_text_that_a_spreadsheet_would_run(value: object, written: object) -> None:
    assert cell(value) == written
