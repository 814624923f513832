"""All settings of satledger, and the only place that reads the environment."""

import re
from enum import StrEnum
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, field_validator
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from dagster_project.errors import SatledgerError

# In an installed wheel the models, the seeds and the workspace are inside the package (pyproject.toml); in a checkout
# they are folders beside it.
_INSTALLED = Path(__file__).resolve().parent / "project"
PROJECT_ROOT = _INSTALLED if _INSTALLED.is_dir() else _INSTALLED.parent.parent
SEEDS = PROJECT_ROOT / "seeds"
DBT_PROJECT = PROJECT_ROOT / "dbt"
# An installed wheel does not write its warehouse into the package folder.
DEFAULT_HOME = Path.home() / "satledger" if PROJECT_ROOT == _INSTALLED else PROJECT_ROOT / "data"

# As browsers send it: without a path or trailing slash, in lower case.
ORIGIN = re.compile(r"https?://[a-z0-9._\-\[\]:]+")

HOST = re.compile(r"\*|(\*\.)?[a-z0-9._\-]+|\[[0-9a-f:.]+\]")


class Chain(StrEnum):
    """A block chain that the ledger can be built from; its parameters are in ``seeds/chain_parameters.csv``."""

    MAINNET = "mainnet"
    TESTNET4 = "testnet4"
    SIGNET = "signet"
    REGTEST = "regtest"
    SAMPLE = "sample"


class Source(StrEnum):
    """Where raw blocks come from."""

    NODE = "node"
    FILES = "files"
    PUBLIC_DATASET = "public-dataset"
    BLOCKS = "blocks"
    SAMPLE = "sample"


class NodeReader(StrEnum):
    """What reads blocks from a node."""

    BITCOIN_ETL = "bitcoin-etl"
    RAW = "raw"


class ProofMode(StrEnum):
    """Which days may enter the lake: only proven ones, also those that their source cannot prove, or all."""

    REQUIRED = "required"
    WHERE_POSSIBLE = "where-possible"
    OFF = "off"


class LogFormat(StrEnum):
    """How the server writes its log."""

    TEXT = "text"
    JSON = "json"


class WebhookForm(StrEnum):
    """What a webhook is sent."""

    JSON = "json"
    SLACK = "slack"


class Engine(StrEnum):
    """What runs the models."""

    DUCKDB = "duckdb"
    SPARK = "spark"


def _size(text: str) -> str:
    if not _SIZE.fullmatch(text.strip()):
        raise PydanticCustomError("size", "It is no size such as 4GB or 500MB")
    return text.strip()


def _folder(path: Path) -> Path:
    """A folder that exists, or that can be created because no file has the name of one of its parents."""
    there = next((place for place in (path, *path.absolute().parents) if place.exists()), path)
    if there.exists() and not there.is_dir():
        raise PydanticCustomError("folder", "{there} is a file, not a folder", {"there": str(there)})
    return path


_SIZE = re.compile(r"\d{1,9}(\.\d{1,3})? ?[kmgt](i?b)?", re.IGNORECASE)
Size = Annotated[str, AfterValidator(_size)]
Folder = Annotated[Path, AfterValidator(_folder)]
# DuckDB starts as many threads as it is asked for, even if the machine cannot run them.
MOST_THREADS = 1024


class Settings(BaseSettings):
    """Settings from ``SATLEDGER_*`` environment variables; keyword arguments (the command line) win over them."""

    model_config = SettingsConfigDict(env_prefix="SATLEDGER_", env_ignore_empty=True, extra="forbid")

    home: Folder = Field(default=DEFAULT_HOME, description="Folder of everything a run writes.")
    chain: Chain | None = Field(
        default=None, description="Default: the chain that the home already holds, else mainnet."
    )
    source: Source | None = Field(default=None, description="Default: sample for the sample chain, else node.")
    node_url: SecretStr = Field(
        default=SecretStr("http://127.0.0.1:8332"), description="JSON-RPC address; may hold a password."
    )
    node_cookie: Path | None = Field(default=None, description="Cookie file of the node, instead of user and password.")
    node_batch: Annotated[int, Field(ge=1, le=1000)] = Field(
        default=10, description="Blocks a JSON-RPC request asks for."
    )
    node_workers: Annotated[int, Field(ge=1, le=64)] = Field(default=5, description="Requests under way at once.")
    node_reader: NodeReader = Field(
        default_factory=lambda: NodeReader.BITCOIN_ETL if find_spec("bitcoinetl") else NodeReader.RAW,
        description="What reads blocks from the node: bitcoin-etl, by default where it is installed, or raw bytes.",
    )
    files: Path | None = Field(default=None, description="Folder of bitcoin-etl exports.")
    blocks: Path | None = Field(default=None, description="A node's folder of blk*.dat files.")
    proof: ProofMode = Field(
        default=ProofMode.REQUIRED, description="Which days may enter the lake: required, where-possible or off."
    )
    keep_scripts: bool = Field(default=False, description="Whether raw days keep the scripts of inputs.")
    dataset: str | None = Field(default=None, description="Folder or S3 URL of the public data set.")
    labels: Path | None = Field(default=None, description="CSV file of exchange labels, or folder of CSV and TagPacks.")
    min_labels: Annotated[int, Field(ge=1)] = Field(
        default=1, description="An exchange with fewer labelled addresses has no values."
    )
    prices: str | None = Field(
        default=None, description="Price CSV, file or folder, or URL of a Coin Metrics shaped API."
    )
    prices_key: SecretStr | None = Field(default=None, description="API key of the price service, where it wants one.")
    headers: Path | None = Field(default=None, description="Header CSV of the other chains, a file or a folder.")
    header_nodes: dict[str, SecretStr] = Field(
        default_factory=dict,
        description='Nodes of the other chains by asset, as JSON: {"ltc": "http://user:password@host:9332"}.',
    )
    min_confirmations: Annotated[int, Field(ge=0)] = Field(
        default=6, description="Blocks on top of a complete day's successor."
    )
    keyframes: Annotated[int, Field(ge=1)] | None = Field(
        default=None, description="How many of the latest keyframes builds keep; default: all."
    )
    memory_limit: Size = Field(default="4GB", description="DuckDB's memory limit.")
    threads: Annotated[int, Field(ge=1, le=MOST_THREADS)] = Field(default=2, description="DuckDB's threads.")
    engine: Engine = Field(default=Engine.DUCKDB, description="What runs the models; spark needs the extra `spark`.")
    spark_master: str | None = Field(
        default=None, description="Spark's master, such as spark://host:7077; default: this process, `threads` cores."
    )
    spark_host: str | None = Field(default=None, description="Host of a Thrift server of Spark, instead of a master.")
    spark_port: Annotated[int, Field(ge=1, le=65535)] = Field(default=10000, description="Port of the Thrift server.")
    spark_warehouse: Path | None = Field(
        default=None,
        description="Folder of Spark's tables, which all of the cluster can reach; default: spark/ in the home.",
    )
    temp_dir: Folder | None = Field(default=None, description="Where DuckDB spills to; default: temp/ in the home.")
    cors_origins: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(), description="Origins whose pages may ask the server from a browser, comma separated; * for all."
    )
    allowed_hosts: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        description="Names under which the server may be asked, comma separated; * for all. Default: those of this "
        "machine where it listens on loopback, else all.",
    )
    max_connections: Annotated[int, Field(ge=1, le=100_000)] = Field(
        default=500, description="Connections that the server keeps open at once."
    )
    log_format: LogFormat = Field(default=LogFormat.TEXT, description="How the server writes its log: text or json.")

    webhook_url: SecretStr | None = Field(default=None, description="Where failures of runs and checks are sent to.")
    webhook_form: WebhookForm = Field(
        default=WebhookForm.JSON, description="What is sent there: json, or slack, a message for a channel."
    )

    @field_validator("webhook_url")
    @classmethod
    def _check_webhook(cls, value: SecretStr | None) -> SecretStr | None:
        parts = urlsplit(value.get_secret_value()) if value else None
        if parts and (parts.scheme not in ("http", "https") or not parts.hostname):
            # The value is not shown: anyone who knows the address can post to it.
            raise ValueError("it is no address that begins with http:// or https://")
        return value

    @field_validator("cors_origins", "allowed_hosts", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return [item.strip().lower() for item in value.split(",")] if isinstance(value, str) else value

    @field_validator("cors_origins")
    @classmethod
    def _check_origins(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for origin in value:
            if origin != "*" and not ORIGIN.fullmatch(origin):
                raise ValueError(
                    f"'{origin}' is not an origin: write scheme, host and, if need be, port, such as "
                    "https://example.org or http://localhost:3000, without a path, separated by commas"
                )
        return value

    @field_validator("allowed_hosts")
    @classmethod
    def _check_hosts(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for host in value:
            if not HOST.fullmatch(host):
                raise ValueError(
                    f"'{host}' is not a host: write names such as example.org, *.example.org or [::1], without scheme "
                    "and port, separated by commas"
                )
        return value

    @cached_property
    def lake(self) -> Path:
        """Root of the raw days: ``lake/raw/<chain>/<day>/``."""
        return self.home.resolve() / "lake"

    @cached_property
    def raw(self) -> Path:
        """Folder of this chain's raw days."""
        return self.lake / "raw" / self.resolved_chain

    @cached_property
    def warehouse(self) -> Path:
        """The DuckDB file that builds write; with Spark, it holds views on the tables that Spark writes."""
        folder = self.home.resolve()
        return (folder / "spark" if self.engine is Engine.SPARK else folder) / "warehouse.duckdb"

    @cached_property
    def spark_folder(self) -> Path:
        """Folder of Spark's tables and catalogue."""
        return (self.spark_warehouse or self.home / "spark").resolve()

    @cached_property
    def published(self) -> Path:
        """The read-only DuckDB file that readers open."""
        return self.home.resolve() / "published" / "satledger.duckdb"

    @cached_property
    def dagster_home(self) -> Path:
        """Dagster's instance folder."""
        return self.home.resolve() / "dagster"

    @cached_property
    def dbt_target(self) -> Path:
        """Folder of dbt's artefacts and log. Runs use it one at a time, and each one reuses the parse of the last."""
        return self.home.resolve() / ("dbt-spark" if self.engine is Engine.SPARK else "dbt")

    @cached_property
    def temp(self) -> Path:
        """Folder for spilling and for temporary files."""
        return (self.temp_dir or self.home / "temp").resolve()

    @cached_property
    def resolved_chain(self) -> Chain:
        """The chain asked for, else the one the home holds, else mainnet.

        Raises:
            SatledgerError: the home holds another chain than the one asked for (a home holds one chain).
        """
        root = self.lake / "raw"
        found = sorted(p.name for p in root.iterdir() if p.is_dir()) if root.is_dir() else []
        held = [name for name in found if name != "lost+found" and not name.startswith(".")]
        if strange := next((name for name in held if name not in list(Chain)), None):
            raise SatledgerError(
                f"{root / strange} does not belong in the lake, which has a folder a chain ({', '.join(Chain)}): move "
                "it away and run this again."
            )
        if self.chain is not None:
            others = [name for name in held if name != self.chain]
            if others:
                raise SatledgerError(
                    f"The home {self.home} holds the chain {others[0]}, not {self.chain}: "
                    f"set SATLEDGER_HOME to another folder, or SATLEDGER_CHAIN to {others[0]}."
                )
            return self.chain
        if len(held) > 1:
            raise SatledgerError(
                f"The home {self.home} holds more than one chain ({', '.join(held)}): set SATLEDGER_CHAIN."
            )
        return Chain(held[0]) if held else Chain.MAINNET

    @cached_property
    def resolved_source(self) -> Source:
        """The source asked for; by default the generator for the sample chain, a node for every other."""
        if self.source is not None:
            return self.source
        return Source.SAMPLE if self.resolved_chain is Chain.SAMPLE else Source.NODE
