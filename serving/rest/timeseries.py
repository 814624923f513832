"""`/v4/timeseries/asset-metrics`."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from serving.catalog import PER_BLOCK
from serving.errors import BadParameterError
from serving.rest.answers import answer
from serving.rest.block_rows import BlockRows
from serving.rest.bounds import block_bounds, check_bounds, day_range, moment_of
from serving.rest.daily import DailyRows
from serving.rest.documented import ROW, responses
from serving.rest.parameters import AssetMetricsQuery, Sort
from serving.rest.repeated import RestRoute
from serving.rest.selection import select
from serving.state import access, newest

router = APIRouter(tags=["Time series"], route_class=RestRoute)


@router.get("/timeseries/asset-metrics", response_class=Response, responses=responses(ROW, csv=True))
def asset_metrics(request: Request, query: Annotated[AssetMetricsQuery, Query()]) -> Response:
    """Values of metrics as exact decimal strings, one row for an asset and a day, or a block.

    A row exists where at least one of the metrics has a value. A metric that the asset does not have is left out of
    its rows; one that has no value there is null. Metrics of supplies and flows carry their status. The time of a row
    per block is the block's consensus time (the median time of it and its ten predecessors).
    """
    snapshot = newest(request)
    check_bounds(query)
    moment = moment_of(query)
    if query.frequency == PER_BLOCK:
        selection = select(query, snapshot.catalog, access(request))
        with snapshot.cursor() as cursor:
            blocks = BlockRows(selection, block_bounds(query, cursor), query)
        return answer(request, query, blocks, snapshot)
    if query.sort is Sort.HEIGHT:
        raise BadParameterError("sort", f"Value 'height' is not supported for frequency '{query.frequency}'.")
    days = day_range(query)
    daily = DailyRows(select(query, snapshot.catalog, access(request)), days, query, moment)
    return answer(request, query, daily, snapshot)
