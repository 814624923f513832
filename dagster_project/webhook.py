"""Notifies of failures: a POST to the address of ``SATLEDGER_WEBHOOK_URL``."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import requests
import tenacity

from dagster_project.errors import SatledgerError
from dagster_project.settings import Settings, WebhookForm

ATTEMPTS = 3
# Seconds until the connection is open, and until the answer begins; the answer's body is not read.
TIMEOUT = (5, 10)


class Kind(StrEnum):
    """The kinds of events."""

    RUN_FAILURE = "run_failure"
    CHECK_FAILURE = "check_failure"


@dataclass(frozen=True)
class Event:
    """An event to send.

    Attributes:
        kind: what happened.
        text: one sentence on it, as in the log.
        run_id: of Dagster's run; None where a command failed before a run began.
        job: of the run, or the command's name.
        checks: names of the checks that failed.
    """

    kind: Kind
    text: str
    run_id: str | None = None
    job: str | None = None
    checks: tuple[str, ...] = field(default=())


class _TryAgainError(Exception):
    """The receiver could not be reached, or is temporarily unavailable."""


def send(settings: Settings, event: Event) -> bool:
    """Send an event to the webhook, up to three times; return whether there is a webhook.

    Raises:
        SatledgerError: the receiver did not accept it. The message has only the receiver's host, because anyone who
            knows the full address can post to it.
    """
    if settings.webhook_url is None:
        return False
    url = settings.webhook_url.get_secret_value()
    retrying = tenacity.Retrying(
        retry=tenacity.retry_if_exception_type(_TryAgainError),
        stop=tenacity.stop_after_attempt(ATTEMPTS),
        wait=tenacity.wait_exponential(max=4),
        reraise=True,
    )
    try:
        retrying(_post, url, _body(settings, event))
    except _TryAgainError as error:
        raise SatledgerError(
            f"The webhook at {urlsplit(url).hostname} did not get a report of a failure, because it {error}: check "
            "SATLEDGER_WEBHOOK_URL and the network."
        ) from None
    return True


def _body(settings: Settings, event: Event) -> dict[str, Any]:
    text = without_secrets(settings, event.text)
    if settings.webhook_form is WebhookForm.SLACK:
        return {"text": f"satledger, {settings.resolved_chain}: {text}"}
    return {
        "event": event.kind.value,
        "chain": settings.resolved_chain.value,
        "job": event.job,
        "run_id": event.run_id,
        "checks": list(event.checks),
        "text": text,
    }


def without_secrets(settings: Settings, text: str) -> str:
    """A text from which the settings' passwords and secret addresses are removed."""
    for secret in sorted(_secrets(settings), key=len, reverse=True):
        text = text.replace(secret, "***")
    return text


def _secrets(settings: Settings) -> Iterable[str]:
    nodes = [settings.node_url, *settings.header_nodes.values()]
    others = [each for each in (settings.webhook_url, settings.prices_key) if each]
    for url in (each.get_secret_value() for each in nodes):
        if password := urlsplit(url).password:
            yield password
    yield from (each.get_secret_value() for each in others)


def _post(url: str, body: dict[str, Any]) -> None:
    # Errors are raised without their causes on purpose: requests puts the full address into them.
    try:
        # No redirects: the request would be sent to another address.
        with requests.post(url, json=body, timeout=TIMEOUT, allow_redirects=False, stream=True) as answer:
            status = answer.status_code
    except requests.RequestException as error:
        raise _TryAgainError(f"could not be reached ({type(error).__name__})") from None
    if not HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        raise _TryAgainError(f"answered with status {status}")
