"""`/v4/blockchain-v2/{asset}/blocks`: the list of blocks, which the client's `parallel()` asks for the last one."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from serving.errors import NotSupportedError
from serving.instants import iso
from serving.published import Snapshot
from serving.rest.answers import paged_json, streamed
from serving.rest.documented import OBJECT, responses
from serving.rest.paging import Key
from serving.rest.parameters import BlocksQuery, CatalogFormat
from serving.rest.repeated import RestRoute
from serving.rest.rows import CHUNK, stream
from serving.rest.selection import asset_id
from serving.state import newest
from serving.statements import Statement

router = APIRouter(tags=["Blocks"], route_class=RestRoute)


@dataclass(frozen=True)
class BlockList:
    """Blocks of an asset in order of height."""

    asset: str
    query: BlocksQuery

    @property
    def key_length(self) -> int:
        """A block is told by its height."""
        return 1

    def fetch(
        self, snapshot: Snapshot, after: Key | None, backwards: bool, limit: int | None
    ) -> Iterator[list[tuple[Key, str]]]:
        """See `Rows`; keys are heights."""
        statement = Statement()
        conditions = [f"asset = {statement.value(self.asset)}"]
        if self.query.start_height is not None:
            compare = ">=" if self.query.start_inclusive else ">"
            conditions.append(f"height {compare} {statement.value(self.query.start_height)}")
        if self.query.end_height is not None:
            compare = "<=" if self.query.end_inclusive else "<"
            conditions.append(f"height {compare} {statement.value(self.query.end_height)}")
        if after is not None:
            conditions.append(f"height {'<' if backwards else '>'} try_cast({statement.value(after[0])} as bigint)")
        sql = f"""
            select height, hash, previous_hash, median_time, time, transaction_count, size
            from published.blocks where {" and ".join(conditions)}
            order by height {"desc" if backwards else ""}
            {f"limit {limit}" if limit is not None else ""}
        """
        with snapshot.cursor() as cursor:
            result = cursor.execute(sql, statement.values)
            while chunk := result.fetchmany(CHUNK):
                yield [((str(row[0]),), json.dumps(_entry(row))) for row in chunk]


def _entry(row: tuple[Any, ...]) -> dict[str, str | None]:
    height, block_hash, parent, median_time, time, count, size = row
    return {
        "block_hash": block_hash,
        "parent_block_hash": parent,
        "height": str(height),
        "consensus_time": iso(median_time),
        "miner_time": iso(time),
        "n_transactions": str(count),
        "physical_size": None if size is None else str(size),
    }


@router.get("/blockchain-v2/{asset}/blocks", response_class=Response, responses=responses(OBJECT))
def blocks(request: Request, asset: str, query: Annotated[BlocksQuery, Query()]) -> Response:
    """The blocks of an asset whose chain is in the warehouse."""
    snapshot = newest(request)
    wanted = asset_id(asset)
    served = wanted in snapshot.catalog.blocks and (query.asset is None or asset_id(query.asset) == wanted)
    if not served and not query.ignore_unsupported_errors:
        raise NotSupportedError("asset", asset)
    rows = BlockList(wanted, query)
    if query.format is CatalogFormat.JSON_STREAM:
        return streamed(stream(rows, snapshot))
    return paged_json(request, query, rows, snapshot, query.paging_from)
