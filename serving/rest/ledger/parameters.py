"""Query parameters of the ledger's endpoints."""

from enum import StrEnum

from pydantic import Field

from serving.rest.parameters import CatalogFormat, Common, Listing, Name, Paged, PagingFrom

_NUMBER = 2**63 - 1


class ChainType(StrEnum):
    """Which blocks count."""

    MAIN = "main"
    ALL = "all"


class OfAsset(Common):
    """What every endpoint of the ledger takes."""

    asset: Name | None = Field(None, description="The asset of the path once more, as the official client sends it.")
    ignore_unsupported_errors: bool = Field(False, description="Answer without items where the asset has no ledger.")


class Ranged(OfAsset, Paged):
    """Lists of a part of the chain."""

    paging_from: PagingFrom = Field(PagingFrom.END, description="At which end the first page lies.")
    format: CatalogFormat = Field(CatalogFormat.JSON, description="json in pages, or json_stream: one object a line.")
    start_time: Name | None = Field(None, description="First consensus time, such as 2009-01-09T00:00:00Z.")
    end_time: Name | None = Field(None, description="Last consensus time.")
    start_height: int | None = Field(None, ge=0, le=_NUMBER, description="First height; not with start_time.")
    end_height: int | None = Field(None, ge=0, le=_NUMBER, description="Last height; not with end_time.")
    start_inclusive: bool = Field(True, description="Whether the start itself belongs to the range.")
    end_inclusive: bool = Field(True, description="Whether the end itself belongs to the range.")
    timezone: Name = Field("UTC", description="TZ zone in which start_time and end_time are read; answers are in UTC.")


class BlocksQuery(Ranged):
    """Parameters of the list of blocks."""

    block_hashes: Name | None = Field(None, description="Comma separated hashes: no other blocks.")
    heights: Name | None = Field(None, description="Comma separated heights: no other blocks.")
    chain: ChainType = Field(ChainType.MAIN, description="Stale blocks are not published: all is the same as main.")


class TransactionsQuery(Ranged):
    """Parameters of the list of transactions."""

    txids: Name | None = Field(None, description="Comma separated transaction ids: no other transactions.")
    block_hashes: Name | None = Field(None, description="Comma separated hashes: no other blocks.")
    chain: ChainType = Field(ChainType.MAIN, description="Stale blocks are not published: all is the same as main.")


class Numbered(Ranged):
    """Lists whose rows have a number in the chain."""

    start_chain_sequence_number: int | None = Field(None, ge=0, le=_NUMBER, description="First number.")
    end_chain_sequence_number: int | None = Field(None, ge=0, le=_NUMBER, description="Last number.")


class AccountsQuery(Numbered):
    """Parameters of the list of accounts; ranges are of their first entries."""

    accounts: Name | None = Field(None, description="Comma separated accounts: no others.")


class _Updates(Numbered):
    """What both lists of balance updates take."""

    txids: Name | None = Field(None, description="Comma separated transaction ids: no other transactions.")
    block_hashes: Name | None = Field(None, description="Comma separated hashes: no other blocks.")
    denominations: Name | None = Field(None, description="Comma separated; the asset itself is the only one.")
    include_sub_accounts: bool = Field(False, description="Not supported: the ledger has no accounts within accounts.")
    chain: ChainType = Field(ChainType.MAIN, description="Stale blocks are not published: all is the same as main.")


class UpdatesQuery(_Updates):
    """Parameters of the list of balance updates."""

    accounts: Name | None = Field(None, description="Comma separated accounts: no others.")
    limit_per_account: int | None = Field(
        None, ge=1, le=2**31 - 1, description="Entries of each of the accounts, counted from where paging begins."
    )
    sub_accounts: Name | None = Field(None, description="Not supported: the ledger has no accounts within accounts.")


class AccountUpdatesQuery(_Updates):
    """Parameters of the list of balance updates of one account."""

    account: Name | None = Field(
        None, description="The account of the path once more, as the official client sends it."
    )
    include_counterparties: bool = Field(False, description="Not supported: ask for the transaction.")


class EntityQuery(OfAsset):
    """Parameters of a whole block or transaction."""

    block_hash: Name | None = Field(None, description="That of the path once more, as the official client sends it.")
    txid: Name | None = Field(None, description="That of the path once more, as the official client sends it.")
    include_sub_accounts: bool = Field(False, description="Not supported: the ledger has no accounts within accounts.")


class CoverageQuery(Listing):
    """Parameters of the catalogues of the ledger."""

    assets: Name | None = Field(None, description="Comma separated assets, in small or capital letters; default: all.")
