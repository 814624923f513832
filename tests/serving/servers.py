"""The server in a process of its own, as its users run it."""

import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import TracebackType

import requests

COMMAND = (sys.executable, "-c", "from dagster_project.cli import main; main()")


class Server:
    """`satledger serve` on a free port, from entering to leaving."""

    def __init__(self, home: Path, *options: str) -> None:
        self._home = home
        self._options = options
        self._process: subprocess.Popen[bytes] | None = None
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def __enter__(self) -> "Server":
        command = [*COMMAND, "serve", "--port", "0", *self._options]
        environment = {**os.environ, "SATLEDGER_HOME": str(self._home)}
        self._log = tempfile.TemporaryFile("w+", encoding="utf-8")
        self._process = subprocess.Popen(command, stderr=self._log, env=environment)
        deadline = time.monotonic() + 60
        while (found := re.search(r"http://[^ ]*:(\d+),", self.log)) is None:
            assert self._process.poll() is None and time.monotonic() < deadline, self.log
            time.sleep(0.05)
        self.port = int(found[1])
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process is not None
        self._process.terminate()
        self._process.wait(timeout=20)

    @property
    def log(self) -> str:
        """What the server has written to its error output so far."""
        self._log.seek(0)
        return self._log.read()

    def get(self, path: str, **parameters: object) -> requests.Response:
        return requests.get(f"{self.url}{path}", params={k: str(v) for k, v in parameters.items()}, timeout=30)

    def rows(self, **parameters: object) -> list[dict[str, str | None]]:
        """Rows of asset metrics, which must be there."""
        answer = self.get("/v4/timeseries/asset-metrics", **parameters)
        assert answer.status_code == 200, answer.text
        return answer.json()["data"]

    def graphql(self, document: str, key: str | None = None) -> requests.Response:
        headers = {"authorization": f"Apikey {key}"} if key else {}
        return requests.post(f"{self.url}/graphql", json={"query": document}, headers=headers, timeout=30)


def make_key(home: Path, name: str, *options: str) -> str:
    """A new API key, made as users make it."""
    command = [*COMMAND, "api-key", name, "--home", str(home), *options]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
