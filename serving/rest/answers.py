"""Answers: a page with its envelope, a stream of lines, CSV."""

import csv
import io
import itertools
import json
from collections.abc import Iterator, Sequence
from typing import Any

from fastapi import Request, Response
from fastapi.responses import StreamingResponse

from serving.published import Snapshot
from serving.rest.paging import make_token, next_page_url, read_token
from serving.rest.parameters import AssetMetricsQuery, CatalogFormat, Format, Listing, Paged, PagingFrom
from serving.rest.rows import Page, Rows, Table, page, stream

NDJSON = "application/x-ndjson"


def answer(request: Request, query: AssetMetricsQuery, rows: Table, snapshot: Snapshot) -> Response:
    """The rows in the form that the query asks for.

    Args:
        request: for the token and URL of the next page.
        query: for form and paging.
        rows: what to answer with.
        snapshot: the version of the data; one answer never mixes two.
    """
    if query.format is Format.JSON_STREAM:
        return streamed(stream(rows, snapshot))
    found = _page(request, query, rows, snapshot, query.paging_from)
    if query.format is Format.CSV:
        return _csv(request, found, rows.header(snapshot))
    return _json(request, found, query)


def paged_json(request: Request, query: Paged, rows: Rows, snapshot: Snapshot, paging_from: PagingFrom) -> Response:
    """A page of rows as JSON."""
    return _json(request, _page(request, query, rows, snapshot, paging_from), query)


def _page(request: Request, query: Paged, rows: Rows, snapshot: Snapshot, paging_from: PagingFrom) -> Page:
    after = read_token(request, query.next_page_token, rows.key_length)
    return page(rows, snapshot, after, paging_from is PagingFrom.END, query.page_size)


def streamed(chunks: Iterator[str]) -> Response:
    """JSON lines. The first chunk is made before the answer begins, so that early failures get an error status."""
    first = list(itertools.islice(chunks, 1))
    return StreamingResponse(itertools.chain(first, chunks), media_type=NDJSON)


def listing(request: Request, query: Listing, items: Sequence[dict[str, Any]], name: str) -> Response:
    """A short list of objects, each told by its value of ``name``, in pages or as a stream."""
    if query.format is CatalogFormat.JSON_STREAM:
        return streamed(f"{json.dumps(item)}\n" for item in items)
    after = read_token(request, query.next_page_token, 1)
    backwards = query.paging_from is PagingFrom.END
    ordered = list(reversed(items)) if backwards else list(items)
    if after is not None:
        ordered = [item for item in ordered if (item[name] < after[0] if backwards else item[name] > after[0])]
    found = ordered[: query.page_size]
    edge = (found[-1][name],) if len(ordered) > len(found) else None
    lines = [json.dumps(item) for item in (reversed(found) if backwards else found)]
    return _json(request, Page(lines, edge), query)


def plain(items: Sequence[dict[str, Any]], pretty: bool) -> Response:
    """A list of objects that is never paged."""
    return Response(json.dumps({"data": items}, indent=2 if pretty else None), media_type="application/json")


def _json(request: Request, found: Page, query: Paged) -> Response:
    parts = ['{"data":[', ",".join(found.lines), "]"]
    if found.edge is not None:
        token = make_token(request, found.edge)
        parts.append(f',"next_page_token":{json.dumps(token)}')
        parts.append(f',"next_page_url":{json.dumps(next_page_url(request, token))}')
    text = "".join([*parts, "}"])
    if query.pretty:
        text = json.dumps(json.loads(text), indent=2)
    return Response(text, media_type="application/json")


def _csv(request: Request, found: Page, header: list[str]) -> Response:
    first = io.StringIO()
    csv.writer(first, lineterminator="\n").writerow(header)
    text = first.getvalue() + "".join(f"{line}\n" for line in found.lines)
    headers = {}
    if found.edge is not None:
        headers["x-next-page-url"] = next_page_url(request, make_token(request, found.edge))
    return Response(text, media_type="text/csv", headers=headers)
