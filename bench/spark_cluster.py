"""A Spark cluster on one machine: a master and workers on loopback, from the PySpark package.

`python -m bench.spark_cluster` runs one until it is interrupted; set `SATLEDGER_SPARK_MASTER` to its address.
"""

import os
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType

from tests.ports import free_port

HOST = "127.0.0.1"
_STARTED_WITHIN = 60


class Cluster:
    """A standalone cluster, stopped when its block ends.

    Attributes:
        master: its address, such as ``spark://127.0.0.1:7077``.
    """

    def __init__(self, folder: Path, workers: int = 2, cores: int = 1, memory: str = "2g") -> None:
        """Take a folder for logs and for what workers write, and the size of each worker."""
        self.master = f"spark://{HOST}:{free_port()}"
        self._folder = folder
        self._workers = workers
        self._cores = cores
        self._memory = memory
        self._processes: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> "Cluster":
        """Start the master, then the workers, and wait for all of them.

        Raises:
            RuntimeError: one of them did not start; the message names its log.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        # Read by the driver as well: executors as large as workers.
        (self._folder / "spark-defaults.conf").write_text(
            f"spark.executor.memory {self._memory}\nspark.driver.host {HOST}\nspark.driver.bindAddress {HOST}\n"
        )
        port = self.master.rpartition(":")[2]
        self._start("master", "master.Master", "--port", port, said="I have been elected leader")
        for number in range(self._workers):
            self._start(
                f"worker-{number}",
                "worker.Worker",
                *("--cores", str(self._cores), "--memory", _with_overhead(self._memory)),
                *("--work-dir", str(self._folder / f"worker-{number}"), self.master),
                said="Successfully registered with master",
            )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Kill what still runs, workers with their executors."""
        for process in reversed(self._processes):
            _kill(process)

    @property
    def environment(self) -> dict[str, str]:
        """Environment variables of a driver of this cluster."""
        return {"SPARK_LOCAL_IP": HOST, "SPARK_CONF_DIR": str(self._folder)}

    def kill_worker(self) -> None:
        """Kill the last worker and its executors, as a machine that loses power would."""
        _kill(self._processes.pop())

    def _start(self, name: str, program: str, *arguments: str, said: str) -> None:
        log = self._folder / f"{name}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                [_spark_class(), f"org.apache.spark.deploy.{program}", "--host", HOST, "--webui-port", "0", *arguments],
                env=os.environ | self.environment,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._processes.append(process)
        give_up = time.monotonic() + _STARTED_WITHIN
        while said not in log.read_text(errors="replace"):
            if process.poll() is not None or time.monotonic() > give_up:
                raise RuntimeError(f"Spark's {name} did not start: see {log}.")
            time.sleep(0.2)


def _spark_class() -> str:
    found = find_spec("pyspark")
    if found is None or found.origin is None:
        raise RuntimeError("A cluster needs PySpark: run `uv sync --extra spark`.")
    return str(Path(found.origin).parent / "bin" / "spark-class")


def _with_overhead(memory: str) -> str:
    """What a worker has to offer for an executor of this heap."""
    return f"{int(memory.rstrip('g')) * 1024 + 512}m"


def _kill(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def main() -> None:
    """Run a cluster until it is interrupted."""
    with tempfile.TemporaryDirectory() as folder, Cluster(Path(folder)) as cluster, suppress(KeyboardInterrupt):
        variables = " ".join(f"{name}={value}" for name, value in cluster.environment.items())
        sys.stdout.write(f"SATLEDGER_SPARK_MASTER={cluster.master} {variables}\n")
        sys.stdout.flush()
        signal.pause()


if __name__ == "__main__":
    main()
