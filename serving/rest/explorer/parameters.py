"""Query parameters of the explorer's endpoints."""

import re
from datetime import date
from typing import Annotated

from pydantic import BeforeValidator, Field

from serving.rest.parameters import Common, Name

MOST_ROWS = 1_000
# All days of an account are fetched at once for its chart: 16 years have 6,000.
MOST_DAYS = 10_000
_HASH = "^[0-9a-fA-F]{64}$"


def _as_written(value: object) -> object:
    """A day as it has to be written; a number alone would be read as seconds."""
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", str(value), re.ASCII):
        raise ValueError("a day is written as 2023-01-31")
    return value


Day = Annotated[date, BeforeValidator(_as_written), Field(ge=date(2009, 1, 1))]


class Listed(Common):
    """What all lists take."""

    page_size: int = Field(100, ge=1, le=MOST_ROWS, description="Rows of a page.")
    next_page_token: Name | None = Field(None, description="From the answer that this one goes on from.")


class BlocksQuery(Listed):
    """Which blocks; those of the last day where nothing is named."""

    day: Day | None = Field(None, description="Those of a UTC day of consensus time, such as 2023-01-31.")
    height: int | None = Field(None, ge=0, le=2**31 - 1, description="That of a height.")
    hash: str | None = Field(None, pattern=_HASH, description="That of a hash.")


class TransactionsQuery(Listed):
    """Which transactions: of a block, or by id."""

    height: int | None = Field(None, ge=0, le=2**31 - 1, description="Those of the block of a height.")
    txid: str | None = Field(None, pattern=_HASH, description="That of an id; the BIP30 coinbases are two each.")


class EntriesQuery(Listed):
    """The transaction whose entries are asked for."""

    height: int = Field(ge=0, le=2**31 - 1, description="Height of its block.")
    tx_index: int = Field(ge=-1, le=2**31 - 1, description="Its position in the block; -1 for entries of none (BIP30).")


class AccountDaysQuery(Listed):
    """The account whose days are asked for."""

    page_size: int = Field(MOST_DAYS, ge=1, le=MOST_DAYS, description="Days of a page.")
    account: Name = Field(description="Address, script of an account without one, or FEES, ISSUANCE, UNSPENDABLE.")


class LabelsQuery(Listed):
    """Which labels; all where nothing is named."""

    exchange: Name | None = Field(None, description="Those of an exchange, by its code.")
    accounts: Name | None = Field(None, description="Those of these accounts, separated by commas.")


class MembersQuery(Listed):
    """Which members of the miner groups: of accounts, or those who joined on a day."""

    accounts: Name | None = Field(None, description="Those that these accounts are, separated by commas.")
    day: Day | None = Field(None, description="Those who joined on a day.")
    hop: int | None = Field(None, ge=0, le=1, description="Of one group only.")


class BehindQuery(Listed):
    """The value that is followed down."""

    metric: Name = Field(description="A flow, a supply, issuance, fees or revenue of the ledger's asset.")
    day: Day = Field(description="UTC day of the value.")
