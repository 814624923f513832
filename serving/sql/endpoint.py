"""`/sql`: SQL on the public tables; off unless the operator turns it on."""

import csv
import io
from typing import Literal

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from pydantic import BaseModel, ConfigDict, Field

from dagster_project.csv_cells import cell
from serving.errors import ForbiddenError
from serving.rest.documented import OBJECT, responses
from serving.rest.repeated import RestRoute
from serving.sql.run import SqlRunner, columns_by_table
from serving.state import newest

MOST_CHARACTERS = 20_000

router = APIRouter(tags=["SQL"], route_class=RestRoute)


class SqlQuery(BaseModel):
    """A query and the form of its answer."""

    model_config = ConfigDict(extra="forbid")

    query: str = Field(min_length=1, max_length=MOST_CHARACTERS, description="One SELECT on the public tables.")
    format: Literal["json", "csv"] = Field("json", description="Form of the answer.")
    explain: bool = Field(False, description="Answer with the query's plan, and do not run it.")


@router.post("/sql", response_class=Response, responses=responses(OBJECT))
def run_query(request: Request, body: SqlQuery) -> Response:
    """Run one query on the newest published state; rows beyond the limit are cut off, which ``truncated`` says."""
    _refuse_narrow_keys(request)
    runner: SqlRunner = request.app.state.sql
    found = runner.run(newest(request), body.query, explain=body.explain)
    names = [name for name, _ in found.columns]
    if body.format == "csv":
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(names)
        writer.writerows(map(cell, row) for row in found.rows)
        return PlainTextResponse(text.getvalue(), media_type="text/csv", headers={"x-truncated": str(found.truncated)})
    columns = [{"name": name, "type": kind} for name, kind in found.columns]
    return JSONResponse({"columns": columns, "rows": found.rows, "truncated": found.truncated})


@router.get("/sql/tables", response_class=Response, responses=responses(OBJECT))
def tables(request: Request) -> Response:
    """The tables that queries may read, each with the types of its columns by name."""
    _refuse_narrow_keys(request)
    return JSONResponse({"tables": columns_by_table(newest(request))})


def _refuse_narrow_keys(request: Request) -> None:
    """Refuse keys that are limited to some metrics: the tables have the values of all metrics."""
    if not request.state.caller.sees_all:
        raise ForbiddenError(["tables in SQL"])
