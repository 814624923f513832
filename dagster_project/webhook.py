"""Telling somebody that something failed: a POST to the address of ``SATLEDGER_WEBHOOK_URL``."""

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
# Seconds until a connection stands, and until the answer begins: nothing of it is read.
TIMEOUT = (5, 10)


class Kind(StrEnum):
    """What is told of."""

    RUN_FAILURE = "run_failure"
    CHECK_FAILURE = "check_failure"


@dataclass(frozen=True)
class Event:
    """What is told.

    Attributes:
        kind: what happened.
        text: it in one sentence, as the log has it.
        run_id: of Dagster's run; None where it was a command that failed before one began.
        job: of the run, or the command's name.
        checks: names of the checks that failed.
    """

    kind: Kind
    text: str
    run_id: str | None = None
    job: str | None = None
    checks: tuple[str, ...] = field(default=())


class _TryAgainError(Exception):
    """The receiver could not be reached, or not now."""


def send(settings: Settings, event: Event) -> bool:
    """Send an event to the webhook, up to three times; return whether there is a webhook.

    Raises:
        SatledgerError: it was not taken. The sentence has the receiver's host and no more: who knows the address of
            such a hook can write to it.
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
            f"The webhook at {urlsplit(url).hostname} was not told of a failure, for it {error}: check "
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
    """A text without the passwords and addresses that the settings keep secret, should one have come into it."""
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
    # The causes of errors are dropped on purpose: requests puts the full address into them.
    try:
        # Where a receiver sends one on to, a secret address would be sent as well.
        with requests.post(url, json=body, timeout=TIMEOUT, allow_redirects=False, stream=True) as answer:
            status = answer.status_code
    except requests.RequestException as error:
        raise _TryAgainError(f"could not be reached ({type(error).__name__})") from None
    if not HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        raise _TryAgainError(f"answered with status {status}")
