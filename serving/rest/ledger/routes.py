"""`/v4/blockchain-v2/{asset}/...`."""

import json
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from serving.errors import BadParameterError, NotSupportedError
from serving.instants import iso
from serving.published import Snapshot
from serving.rest.answers import listing, paged_json, streamed
from serving.rest.documented import ERROR, OBJECT, Responses, responses
from serving.rest.ledger import parameters as p
from serving.rest.ledger.accounts import Accounts
from serving.rest.ledger.blocks import Blocks
from serving.rest.ledger.cursor import Cursor, reading
from serving.rest.ledger.entities import Entity, whole_block, whole_transaction
from serving.rest.ledger.ranges import NOTHING, hashes, heights_in, heights_of, listed, part_of, places_of
from serving.rest.ledger.surroundings import Place
from serving.rest.ledger.transactions import Transactions
from serving.rest.ledger.updates import Updates
from serving.rest.parameters import CatalogFormat, PagingFrom
from serving.rest.repeated import RestRoute
from serving.rest.rows import Rows, stream
from serving.rest.selection import asset_id, known_assets
from serving.state import newest

router = APIRouter(tags=["Ledger"], route_class=RestRoute)

_TOO_MUCH: Responses = {503: {"description": "It takes too long.", "content": {"application/json": {"schema": ERROR}}}}
_LISTED = responses(OBJECT) | _TOO_MUCH
_WHOLE = responses(OBJECT, stream=False, paged=False, whole=True) | _TOO_MUCH


def coverage(request: Request, query: Annotated[p.CoverageQuery, Query()]) -> Response:
    """Assets whose ledger is here, and from when to when; the same for all four lists."""
    snapshot = newest(request)
    wanted = None if query.assets is None else known_assets(query.assets, snapshot.catalog)
    with reading(snapshot) as cursor:
        rows = cursor.execute(
            "select asset, min(median_time), max(median_time) from published.blocks group by asset order by asset"
        ).fetchall()
    items = [
        {"asset": asset, "min_time": iso(first), "max_time": iso(last)}
        for asset, first, last in rows
        if wanted is None or asset in wanted
    ]
    return listing(request, query, items, "asset")


for _catalogue in ("catalog-v2", "catalog-all-v2"):
    for _kind in ("blocks", "transactions", "accounts", "balance-updates"):
        _path = f"/{_catalogue}/blockchain-v2/{_kind}"
        router.add_api_route(_path, coverage, response_class=Response, responses=_LISTED)


@router.get("/blockchain-v2/{asset}/blocks", response_class=Response, responses=_LISTED)
def blocks(request: Request, asset: str, query: Annotated[p.BlocksQuery, Query()]) -> Response:
    """Blocks in order of height."""
    snapshot, wanted = _served(request, asset, query)
    if wanted is None:
        return _nothing(request, query, snapshot)
    with reading(snapshot) as cursor:
        heights = _heights(query.block_hashes, wanted, cursor)
        named = heights_in(query.heights)
        if named is not None:
            heights = named if heights is None else sorted(set(heights) & set(named))
        rows = Blocks(wanted, part_of(query, wanted, cursor), heights)
    return _answer(request, query, rows, snapshot)


@router.get("/blockchain-v2/{asset}/transactions", response_class=Response, responses=_LISTED)
def transactions(request: Request, asset: str, query: Annotated[p.TransactionsQuery, Query()]) -> Response:
    """Transactions in the order of the chain."""
    snapshot, wanted = _served(request, asset, query)
    if wanted is None:
        return _nothing(request, query, snapshot)
    with reading(snapshot) as cursor:
        places, heights = _places(query.txids, cursor), _heights(query.block_hashes, wanted, cursor)
        rows = Transactions(wanted, part_of(query, wanted, cursor), places, heights)
    return _answer(request, query, rows, snapshot)


@router.get("/blockchain-v2/{asset}/accounts", response_class=Response, responses=_LISTED)
def accounts(request: Request, asset: str, query: Annotated[p.AccountsQuery, Query()]) -> Response:
    """Accounts in the order of their first entries, as they are now; what is unknown is left out."""
    snapshot, wanted = _served(request, asset, query)
    if wanted is None:
        return _nothing(request, query, snapshot)
    with reading(snapshot) as cursor:
        rows = Accounts(wanted, part_of(query, wanted, cursor), listed("accounts", query.accounts))
    return _answer(request, query, rows, snapshot)


@router.get("/blockchain-v2/{asset}/balance-updates", response_class=Response, responses=_LISTED)
def balance_updates(request: Request, asset: str, query: Annotated[p.UpdatesQuery, Query()]) -> Response:
    """Entries of the ledger in the order of the chain, each with the balance of its account before and after."""
    if query.sub_accounts is not None:
        raise _no_sub_accounts("sub_accounts")
    return _updates(request, asset, query, listed("accounts", query.accounts), query.limit_per_account)


@router.get("/blockchain-v2/{asset}/accounts/{account}/balance-updates", response_class=Response, responses=_LISTED)
def account_updates(
    request: Request, asset: str, account: str, query: Annotated[p.AccountUpdatesQuery, Query()]
) -> Response:
    """Entries of one account in the order of the chain, each with its balance before and after."""
    if query.account is not None and query.account != account:
        raise NotSupportedError("account", query.account)
    if query.include_counterparties:
        raise BadParameterError("include_counterparties", "It is not supported: ask for the transactions.")
    return _updates(request, asset, query, [account], None, must_exist=True)


@router.get("/blockchain-v2/{asset}/blocks/{block_hash}", response_class=Response, responses=_WHOLE)
def block(request: Request, asset: str, block_hash: str, query: Annotated[p.EntityQuery, Query()]) -> Response:
    """A block with its transactions and their entries."""
    _check_path(query, block_hash=block_hash)
    snapshot, wanted = _served(request, asset, query)
    if wanted is None:
        raise NotSupportedError("asset", asset)
    with reading(snapshot) as cursor:
        return _whole(whole_block(wanted, block_hash, cursor), query)


@router.get("/blockchain-v2/{asset}/transactions/{txid}", response_class=Response, responses=_WHOLE)
def transaction(request: Request, asset: str, txid: str, query: Annotated[p.EntityQuery, Query()]) -> Response:
    """A transaction with its entries."""
    return _transaction(request, asset, None, txid, query)


@router.get("/blockchain-v2/{asset}/blocks/{block_hash}/transactions/{txid}", response_class=Response, responses=_WHOLE)
def transaction_of_block(
    request: Request, asset: str, block_hash: str, txid: str, query: Annotated[p.EntityQuery, Query()]
) -> Response:
    """A transaction of a block with its entries."""
    return _transaction(request, asset, block_hash, txid, query)


def _transaction(request: Request, asset: str, block_hash: str | None, txid: str, query: p.EntityQuery) -> Response:
    _check_path(query, block_hash=block_hash, txid=txid)
    snapshot, wanted = _served(request, asset, query)
    if wanted is None:
        raise NotSupportedError("asset", asset)
    with reading(snapshot) as cursor:
        return _whole(whole_transaction(wanted, txid.lower(), block_hash, cursor), query)


def _updates(
    request: Request,
    asset: str,
    query: p.UpdatesQuery | p.AccountUpdatesQuery,
    names: list[str] | None,
    per_account: int | None,
    must_exist: bool = False,
) -> Response:
    if query.include_sub_accounts:
        raise _no_sub_accounts("include_sub_accounts")
    snapshot, wanted = _served(request, asset, query)
    if wanted is None:
        return _nothing(request, query, snapshot)
    for denomination in listed("denominations", query.denominations) or ():
        if asset_id(denomination) != wanted:
            raise NotSupportedError("denominations", denomination)
    latest = query.paging_from is PagingFrom.END
    with reading(snapshot) as cursor:
        places, heights = _places(query.txids, cursor), _heights(query.block_hashes, wanted, cursor)
        rows = Updates(wanted, part_of(query, wanted, cursor), names, places, heights, per_account, latest, must_exist)
    return _answer(request, query, rows, snapshot)


def _served(request: Request, asset: str, query: p.OfAsset) -> tuple[Snapshot, str | None]:
    """The data, and the asset's id; None where it has no ledger and that is not an error.

    Raises:
        NotSupportedError: it has no ledger.
    """
    snapshot, wanted = newest(request), asset_id(asset)
    if wanted in snapshot.catalog.blocks and (query.asset is None or asset_id(query.asset) == wanted):
        return snapshot, wanted
    if query.ignore_unsupported_errors:
        return snapshot, None
    raise NotSupportedError("asset", asset)


def _heights(block_hashes: str | None, asset: str, cursor: Cursor) -> list[int] | None:
    items = hashes("block_hashes", block_hashes)
    return None if items is None else heights_of(items, asset, cursor)


def _places(txids: str | None, cursor: Cursor) -> list[Place] | None:
    items = hashes("txids", txids)
    return None if items is None else places_of(items, cursor)


def _answer(request: Request, query: p.Ranged, rows: Rows, snapshot: Snapshot) -> Response:
    if query.format is CatalogFormat.JSON_STREAM:
        return streamed(stream(rows, snapshot))
    return paged_json(request, query, rows, snapshot, query.paging_from)


def _nothing(request: Request, query: p.Ranged, snapshot: Snapshot) -> Response:
    return _answer(request, query, Blocks("", NOTHING, []), snapshot)


def _check_path(query: p.EntityQuery, **path: str | None) -> None:
    """Refuse a query that contradicts the path, or asks for what there is not."""
    for name, value in path.items():
        given = getattr(query, name)
        if given is not None and value is not None and given.lower() != value.lower():
            raise NotSupportedError(name, given)
    if query.include_sub_accounts:
        raise _no_sub_accounts("include_sub_accounts")


def _no_sub_accounts(parameter: str) -> BadParameterError:
    return BadParameterError(parameter, "The ledger has no sub-accounts: its accounts are the finest that it knows.")


def _whole(entity: Entity, query: p.EntityQuery) -> Response:
    return Response(json.dumps(entity, indent=2 if query.pretty else None), media_type="application/json")
