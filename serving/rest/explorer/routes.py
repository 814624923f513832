"""`/v4/ledger/{asset}/...`: an addition of satledger; every answer has the SQL that gives the same rows."""

import json
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from serving.errors import NotSupportedError
from serving.published import Snapshot
from serving.rest.documented import ERROR, OBJECT, Responses, responses
from serving.rest.explorer import chain, flows, labels
from serving.rest.explorer import parameters as p
from serving.rest.explorer.view import View
from serving.rest.ledger.cursor import Cursor, reading
from serving.rest.repeated import RestRoute
from serving.rest.selection import allowed, asset_id
from serving.state import access, newest

router = APIRouter(tags=["Explorer"], prefix="/ledger/{asset}", route_class=RestRoute)

_TOO_MUCH: Responses = {503: {"description": "It takes too long.", "content": {"application/json": {"schema": ERROR}}}}
_TEXT = {"type": "string"}
_SHAPE = {
    "type": "object",
    "required": ["data", "rows", "sql"],
    "properties": {
        "data": {"type": "array", "items": OBJECT},
        "rows": {**_TEXT, "description": "How many there are on all pages."},
        "sql": {**_TEXT, "description": "The query that gives the first page on the published file."},
        "sum": {**_TEXT, "description": "Sum of all rows in satoshi."},
        "value": {"type": ["string", "null"], "description": "The value that is followed down, exact."},
        "value_before": {"type": ["string", "null"], "description": "Of a supply, that of the day before."},
        "unit": {**_TEXT, "description": "Of the value."},
        "has_transfers": {"type": "boolean", "description": "Whether flow-transfers tells who gave to whom."},
        "joining_hop": {
            "type": ["integer", "null"],
            "description": "The miner group whose supply it is: what accounts hold that join it counts besides.",
        },
        "next_page_token": _TEXT,
        "next_page_url": _TEXT,
    },
    "additionalProperties": False,
}
_ANSWER = responses(_SHAPE, stream=False, paged=False, whole=True) | _TOO_MUCH


@router.get("/blocks", response_class=Response, responses=_ANSWER)
def blocks(request: Request, asset: str, query: Annotated[p.BlocksQuery, Query()]) -> Response:
    """Blocks of a day, a height or a hash, or of the last day, the latest first. Subsidy and fees are in satoshi."""
    snapshot, wanted = _served(request, asset)
    with reading(snapshot) as cursor:
        return _answer(request, query, chain.blocks(query, wanted, cursor), cursor)


@router.get("/transactions", response_class=Response, responses=_ANSWER)
def transactions(request: Request, asset: str, query: Annotated[p.TransactionsQuery, Query()]) -> Response:
    """Transactions of a block, or that of an id; fee and what its accounts sent in satoshi."""
    snapshot, _ = _served(request, asset)
    with reading(snapshot) as cursor:
        return _answer(request, query, chain.transactions(query, cursor), cursor)


@router.get("/entries", response_class=Response, responses=_ANSWER)
def entries(request: Request, asset: str, query: Annotated[p.EntriesQuery, Query()]) -> Response:
    """Entries of a transaction in satoshi, above 0 where an account gains, each with the label of its account."""
    snapshot, _ = _served(request, asset)
    with reading(snapshot) as cursor:
        return _answer(request, query, chain.entries(query), cursor)


@router.get("/account-days", response_class=Response, responses=_ANSWER)
def account_days(request: Request, asset: str, query: Annotated[p.AccountDaysQuery, Query()]) -> Response:
    """Days on which an account changed: entries, satoshi received and sent, balance at the end of the day."""
    snapshot, _ = _served(request, asset)
    with reading(snapshot) as cursor:
        return _answer(request, query, chain.account_days(query), cursor)


@router.get("/exchanges", response_class=Response, responses=_ANSWER)
def exchanges(request: Request, asset: str, query: Annotated[p.Listed, Query()]) -> Response:
    """Exchanges, and all together as Ex, each with what its labels cover; the balance in satoshi."""
    snapshot, _ = _served(request, asset)
    with reading(snapshot) as cursor:
        return _answer(request, query, labels.exchanges(), cursor)


@router.get("/labels", response_class=Response, responses=_ANSWER)
def labelled(request: Request, asset: str, query: Annotated[p.LabelsQuery, Query()]) -> Response:
    """Labelled addresses, with who said so and when."""
    snapshot, _ = _served(request, asset)
    with reading(snapshot) as cursor:
        return _answer(request, query, labels.labels(query), cursor)


@router.get("/members", response_class=Response, responses=_ANSWER)
def members(request: Request, asset: str, query: Annotated[p.MembersQuery, Query()]) -> Response:
    """Members of the miner groups (hop 0 and 1): since when, and the transaction that proves it."""
    snapshot, _ = _served(request, asset)
    with reading(snapshot) as cursor:
        return _answer(request, query, labels.members(query, cursor), cursor)


@router.get("/flow-transactions", response_class=Response, responses=_ANSWER)
def flow_transactions(request: Request, asset: str, query: Annotated[p.BehindQuery, Query()]) -> Response:
    """The transactions that a value of a day is made of, the largest first, with what each adds in satoshi.

    Their sum is the flow of the day, exactly. Of an exchange's supply it is the change of the day, of a miner group's
    the change but for what accounts brought along that joined on the day. Of rewards the rows are blocks.
    """
    snapshot, wanted = _served(request, asset)
    allowed([query.metric], access(request), ignore_forbidden=False)
    with reading(snapshot) as cursor:
        source = flows.required(query.metric, cursor)
        told = flows.told_of(source, snapshot.catalog.metrics[query.metric].unit)
        values = flows.value_of(source, wanted, query.day, cursor)
        return _answer(request, query, flows.transactions_of(source, wanted, query.day), cursor, **values, **told)


@router.get("/flow-transfers", response_class=Response, responses=_ANSWER)
def flow_transfers(request: Request, asset: str, query: Annotated[p.BehindQuery, Query()]) -> Response:
    """Who gave how many satoshi to whom in these transactions, where an exchange is one of both; the largest first."""
    snapshot, wanted = _served(request, asset)
    allowed([query.metric], access(request), ignore_forbidden=False)
    with reading(snapshot) as cursor:
        source = flows.required(query.metric, cursor)
        values = flows.value_of(source, wanted, query.day, cursor)
        return _answer(request, query, flows.transfers_of(source, query.day), cursor, **values)


def _served(request: Request, asset: str) -> tuple[Snapshot, str]:
    """The data, and the asset's id.

    Raises:
        NotSupportedError: it has no ledger.
    """
    snapshot, wanted = newest(request), asset_id(asset)
    if wanted not in snapshot.catalog.blocks:
        raise NotSupportedError("asset", asset)
    return snapshot, wanted


def _answer(request: Request, query: p.Listed, view: View, cursor: Cursor, **more: object) -> Response:
    body = view.answer(request, cursor, query.page_size, query.next_page_token) | more
    return Response(json.dumps(body, indent=2 if query.pretty else None), media_type="application/json")
