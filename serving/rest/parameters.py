"""Query parameters of all endpoints, with their types, bounds and documentation."""

from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

MAX_PAGE_SIZE = 10_000

# Parameters that take several values, separated by commas or given one after the other.
LISTS = ("assets", "metrics", "include", "exclude", "accounts", "txids", "block_hashes", "heights", "denominations")

Name = Annotated[str, StringConstraints(min_length=1)]


class Format(StrEnum):
    """Form of an answer."""

    JSON = "json"
    JSON_STREAM = "json_stream"
    CSV = "csv"


class CatalogFormat(StrEnum):
    """Form of an answer that is no time series."""

    JSON = "json"
    JSON_STREAM = "json_stream"


class PagingFrom(StrEnum):
    """At which end of the rows the first page lies."""

    START = "start"
    END = "end"


class Sort(StrEnum):
    """Order of rows."""

    ASSET = "asset"
    HEIGHT = "height"
    TIME = "time"


class Status(StrEnum):
    """State of a value of a reviewable metric."""

    ALL = "all"
    FLASH = "flash"
    REVIEWED = "reviewed"
    REVISED = "revised"


class Common(BaseModel):
    """What every endpoint takes; a parameter that an endpoint does not have is an error that names it."""

    model_config = ConfigDict(extra="forbid")

    api_key: str | None = Field(None, description="API key, where the server asks for one.")
    pretty: bool = Field(False, description="Indent the JSON; has no effect on json_stream and csv.")


class Paged(Common):
    """Endpoints that answer in pages."""

    page_size: int = Field(100, ge=1, le=MAX_PAGE_SIZE, description="Items on a page; has no effect on json_stream.")
    next_page_token: Name | None = Field(None, description="From the answer that this one goes on from.")


class Listing(Paged):
    """Catalogue and reference data: paged from the start unless asked otherwise."""

    paging_from: PagingFrom = Field(PagingFrom.START, description="At which end the first page lies.")
    format: CatalogFormat = Field(CatalogFormat.JSON, description="json in pages, or json_stream: one object a line.")


class CatalogQuery(Listing):
    """Parameters of the catalogues of asset metrics."""

    assets: Name | None = Field(None, description="Comma separated assets, in small or capital letters; default: all.")
    metrics: Name | None = Field(None, description="Comma separated metrics; default: all.")
    reviewable: bool | None = Field(None, description="Only metrics that are, or are not, reviewable.")


class MetricsReferenceQuery(Listing):
    """Parameters of the metrics' reference data."""

    metrics: Name | None = Field(None, description="Comma separated metrics; default: all.")
    reviewable: bool | None = Field(None, description="Only metrics that are, or are not, reviewable.")


class AssetsReferenceQuery(Listing):
    """Parameters of the assets' reference data."""

    assets: Name | None = Field(None, description="Comma separated assets, in small or capital letters; default: all.")
    include: Name | None = Field(None, description="Comma separated fields beside asset to keep; default: all.")
    exclude: Name | None = Field(None, description="Comma separated fields to leave out.")


class LegacyMetricsQuery(Common):
    """Parameters of the legacy catalogue of metrics."""

    metrics: Name | None = Field(None, description="Comma separated metrics; default: all.")
    reviewable: bool | None = Field(None, description="Only metrics that are, or are not, reviewable.")


class LegacyAssetsQuery(Common):
    """Parameters of the legacy catalogue of assets."""

    assets: Name | None = Field(None, description="Comma separated assets, in small or capital letters; default: all.")
    include: Name | None = Field(None, description="Comma separated fields beside asset to keep; default: all.")
    exclude: Name | None = Field(None, description="Comma separated fields to leave out.")


class AssetMetricsQuery(Paged):
    """Parameters of asset metrics."""

    assets: Name = Field(
        description="Comma separated assets, in small or capital letters, or * for all that have the metrics."
    )
    metrics: Name = Field(description="Comma separated metrics.")
    frequency: Name = Field("1d", description="1d, or 1b for one row a block.")
    status: Status = Field(
        Status.ALL,
        description="Keep values of reviewable metrics in this state only: reviewed "
        "is as first published, revised has changed since; flash, not yet checked, is never published.",
    )
    as_of: Name | None = Field(
        None,
        description="1d: values as they had been published at this time, such as 2026-03-01T12:00:00Z; by default now.",
    )
    start_time: Name | None = Field(None, description="First time, such as 2009-01-09 or 2009-01-09T00:00:00Z.")
    end_time: Name | None = Field(None, description="Last time.")
    start_height: int | None = Field(None, ge=0, le=2**63 - 1, description="First height; frequency 1b only.")
    end_height: int | None = Field(None, ge=0, le=2**63 - 1, description="Last height; frequency 1b only.")
    start_hash: Name | None = Field(None, description="Hash of the first block; frequency 1b only.")
    end_hash: Name | None = Field(None, description="Hash of the last block; frequency 1b only.")
    start_inclusive: bool = Field(True, description="Whether the start itself belongs to the range.")
    end_inclusive: bool = Field(True, description="Whether the end itself belongs to the range.")
    min_confirmations: int | None = Field(
        None, ge=0, le=99, description="1b: how many blocks behind the last published one to stay; default 2."
    )
    timezone: Name = Field("UTC", description="TZ zone in which start_time and end_time are read; answers are in UTC.")
    paging_from: PagingFrom = Field(
        PagingFrom.END,
        description="At which end the first page, and limit_per_asset, begins; json_stream has no pages.",
    )
    sort: Sort = Field(Sort.ASSET, description="asset: by asset, then time or height; height: 1b only; time: by time.")
    limit_per_asset: int | None = Field(
        None,
        ge=1,
        le=2**31 - 1,
        description="Rows of each asset: the latest ones with paging_from=end, the default; the first ones with "
        "paging_from=start, which the official Python client sends. With it, ask for the latest by paging_from=end.",
    )
    null_as_zero: bool = Field(False, description='Print "0" in place of null.')
    ignore_forbidden_errors: bool = Field(False, description="Leave out what the key has no access to.")
    ignore_unsupported_errors: bool = Field(False, description="Leave out what is unknown or not supported.")
    format: Format = Field(Format.JSON, description="json or csv in pages, or json_stream: one object a line.")
