"""Prices from an HTTP service with Coin Metrics' API v4, for instance its community API."""

import json
from collections.abc import Callable, Collection, Iterator
from http import HTTPStatus
from urllib.parse import urlsplit

import requests
import tenacity

from dagster_project.errors import SatledgerError
from dagster_project.inputs.bounded_http import NOT_COMPRESSED, LongAnswerError, bounded_body
from dagster_project.inputs.intake import Intake
from dagster_project.prices.columns import PRICE, TIME
from dagster_project.prices.csv_folder import NO_PRICE, TWICE
from dagster_project.prices.model import Price, is_missing, one_per_day, parse_time, plain_decimal
from dagster_project.progress import tells_waits

# A service that is overloaded or has a fault may need a minute to recover; one that cannot be reached rarely recovers
# soon, so there are fewer attempts.
ATTEMPTS, ATTEMPTS_TO_REACH = 6, 3
LONGEST_WAIT = 60
# Timeouts in seconds: to connect, and to receive the next bytes of the answer.
TIMEOUT = (10, 60)
# Limits of a page of 10,000 rows: bytes, and seconds in total.
MOST_BYTES, MOST_SECONDS = 64 << 20, 300
PAGE_SIZE = 10_000
# Eleven assets have about 60,000 days in total; a service with more pages than this repeats itself.
MOST_PAGES = 1000


class _TryAgainError(Exception):
    """The service could not answer now; ``wait`` is the number of seconds that it asks to wait."""

    def __init__(self, reason: str, wait: float | None = None) -> None:
        super().__init__(reason)
        self.wait = wait


class _UnreachableError(_TryAgainError):
    """The connection failed, or was lost."""


def fetch_prices(
    url: str,
    assets: Collection[str],
    api_key: str | None = None,
    sleep: Callable[[float], None] = tenacity.nap.sleep,
    intake: Intake | None = None,
) -> list[Price]:
    """Fetch the daily ``PriceUSD`` of assets, page by page.

    A request is repeated after overload (429, with the wait in ``x-ratelimit-reset``) and server errors, up to six
    attempts in total, and after lost connections, up to three. Each wait is shown to the user.

    Args:
        url: address of the service, without ``/v4``.
        assets: ids of the assets; those that the service does not have are skipped.
        api_key: sent with each request and never shown.
        sleep: waits between attempts.
        intake: records the number of prices by asset, and what was skipped.

    Raises:
        SatledgerError: the service did not answer, refused the request, or sent an unreadable answer.
    """
    place, intake = shown(url), intake or Intake("prices")
    retrying = tenacity.Retrying(
        retry=tenacity.retry_if_exception_type(_TryAgainError),
        stop=lambda state: state.attempt_number >= _attempts(state.outcome.exception() if state.outcome else None),
        wait=_wait,
        sleep=sleep,
        before_sleep=tells_waits(f"The price service {place}"),
        reraise=True,
    )
    parameters = {
        "assets": ",".join(sorted(assets)),
        "metrics": PRICE,
        "frequency": "1d",
        "page_size": str(PAGE_SIZE),
        "paging_from": "start",
        "ignore_unsupported_errors": "true",
        "ignore_forbidden_errors": "true",
    }
    if api_key:
        parameters["api_key"] = api_key
    prices: list[Price] = []
    try:
        with requests.Session() as session:
            for _ in range(MOST_PAGES):
                page = retrying(_page, session, f"{url.rstrip('/')}/v4/timeseries/asset-metrics", parameters, place)
                prices.extend(_prices(page, assets, place, intake))
                token = page.get("next_page_token")
                if not token:
                    return _counted(prices, assets, intake)
                parameters["next_page_token"] = str(token)
    except _TryAgainError as error:
        what = "check SATLEDGER_PRICES and the network" if isinstance(error, _UnreachableError) else "try later"
        raise SatledgerError(f"The price service {place} {error}, {_attempts(error)} times in a row: {what}.") from None
    raise SatledgerError(f"The price service {place} gave {MOST_PAGES} pages and no end; check its address.")


def _counted(prices: list[Price], assets: Collection[str], intake: Intake) -> list[Price]:
    kept = one_per_day(prices)
    for asset in sorted(assets):
        count = sum(price.asset == asset for price in kept)
        again = sum(price.asset == asset for price in prices) - count
        if count:
            intake.take(asset, count)
        if again:
            intake.leave(asset, TWICE, again)
        if asset not in intake.files:
            intake.leave_file(asset, "the service has no price of it")
    return kept


def shown(url: str) -> str:
    """Return a service's address without user, password and parameters."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.hostname}" + (f":{parts.port}" if parts.port else "") + parts.path.rstrip("/")


def _attempts(error: BaseException | None) -> int:
    return ATTEMPTS_TO_REACH if isinstance(error, _UnreachableError) else ATTEMPTS


def _wait(state: tenacity.RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    if isinstance(error, _TryAgainError) and error.wait is not None:
        return min(error.wait, LONGEST_WAIT)
    return min(2.0 ** (state.attempt_number - 1), LONGEST_WAIT)


def _page(session: requests.Session, url: str, parameters: dict[str, str], place: str) -> dict[str, object]:
    # The causes of errors are dropped (``from None``), because requests includes the full address, with the key.
    try:
        with session.get(url, params=parameters, timeout=TIMEOUT, headers=NOT_COMPRESSED, stream=True) as answer:
            body = bounded_body(answer, MOST_BYTES, MOST_SECONDS)
    except LongAnswerError:
        raise SatledgerError(
            f"The price service {place} sent a page of more than {MOST_BYTES >> 20} MB: check SATLEDGER_PRICES."
        ) from None
    except (requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError):
        raise _UnreachableError("could not be reached") from None
    except requests.RequestException as error:
        raise SatledgerError(f"The price service {place} cannot be queried ({type(error).__name__}).") from None
    if answer.status_code == HTTPStatus.TOO_MANY_REQUESTS:
        reset = answer.headers.get("x-ratelimit-reset", "")
        raise _TryAgainError("was asked too often", float(reset) if reset.isdecimal() else None)
    if answer.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise _TryAgainError(f"answered with status {answer.status_code}")
    if answer.status_code != HTTPStatus.OK:
        raise SatledgerError(
            f"The price service {place} refused the request with status {answer.status_code}: "
            "check SATLEDGER_PRICES and SATLEDGER_PRICES_KEY."
        )
    try:
        page = json.loads(body, parse_float=str)
    except (ValueError, RecursionError):
        page = None
    if not isinstance(page, dict) or not isinstance(page.get("data"), list):
        raise SatledgerError(f"The price service {place} sent no JSON with data: check SATLEDGER_PRICES.")
    return page


def _prices(page: dict[str, object], assets: Collection[str], place: str, intake: Intake) -> Iterator[Price]:
    rows = page["data"]
    for row in rows if isinstance(rows, list) else []:
        if not isinstance(row, dict):
            raise SatledgerError(f"The price service {place} sent a row that is none: check SATLEDGER_PRICES.")
        asset, day = str(row.get("asset")), parse_time(str(row.get(TIME)))
        if asset not in assets:
            intake.leave(asset, "an asset that was not asked for")
            continue
        if row.get(PRICE) is None or is_missing(str(row[PRICE])):
            intake.leave(asset, NO_PRICE)
            continue
        try:
            if day is None:
                raise ValueError(f"time is {row.get(TIME)!r}")
            yield Price(asset, day, plain_decimal(str(row[PRICE])), f"the answer of {place}")
        except ValueError as error:
            raise SatledgerError(f"The price service {place} sent a bad row for {asset}, {day}: {error}.") from None
