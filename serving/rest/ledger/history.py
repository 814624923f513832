"""Entries with the history of their accounts so far: balances, counts, sums, and the previous entries."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any

from serving.rest.ledger import sequence
from serving.rest.ledger.cursor import Cursor
from serving.rest.ledger.ranges import at
from serving.rest.ledger.texts import amount, known
from serving.statements import Statement

# Sums over entries of an account: balance, debits, credits, received; heights of the last debit and of the last credit.
_SUMS = (
    "sum(value)",
    "count(case when value < 0 then 1 end)",
    "count(case when value >= 0 then 1 end)",
    "sum(greatest(value, 0))",
)
_HEIGHTS = ("max(case when value < 0 then height end)", "max(case when value >= 0 then height end)")


@dataclass(frozen=True)
class _Past:
    """The history of an account up to the end of a block; see `Update`."""

    balance: int = 0
    debits: int = 0
    credits: int = 0
    received: int = 0
    debit_height: int | None = None
    credit_height: int | None = None
    creation_height: int | None = None
    previous: int | None = None


@dataclass(frozen=True)
class Update:
    """An entry and its account after it; amounts in satoshi.

    Attributes:
        account: its name.
        height: of the entry's block.
        number: of the entry (`sequence`).
        change: of the balance.
        balance: after it.
        debits: entries below 0 so far, this one included.
        credits: entries from 0 on so far, this one included.
        received: sum of the credits.
        sent: sum of the debits, as a positive number.
        debit_height: of the debit before this entry; None where there is none.
        credit_height: of the credit before this entry; None where there is none.
        previous: number of the entry before; None of the first.
        creation_height: of the account's first entry.
    """

    account: str
    height: int
    number: int
    change: int
    balance: int
    debits: int
    credits: int
    received: int
    sent: int
    debit_height: int | None
    credit_height: int | None
    previous: int | None
    creation_height: int

    def fields(self) -> dict[str, object]:
        """The entry as part of a transaction."""
        return known(
            {
                "chain_sequence_number": str(self.number),
                "account": self.account,
                "account_creation_height": str(self.creation_height),
                "change": amount(self.change),
                "previous_balance": amount(self.balance - self.change),
                "new_balance": amount(self.balance),
                # All entries of a Bitcoin transaction happen at once.
                "transaction_sequence_number": "0",
                "n_debits": str(self.debits),
                "n_credits": str(self.credits),
                "previous_debit_height": _text(self.debit_height),
                "previous_credit_height": _text(self.credit_height),
                "previous_chain_sequence_number": _text(self.previous),
            }
        )

    def totals(self) -> dict[str, object]:
        """What lists of entries say besides."""
        return {
            "credit": self.change >= 0,
            "total_received": amount(self.received),
            "total_sent": amount(self.sent),
        }


def updates_at(numbers: Collection[int], accounts: Collection[str], cursor: Cursor) -> list[Update]:
    """The entries that have these numbers, in order of number.

    Reads all entries of the accounts up to the last of them: in files that lie in order of accounts these are a row
    group or two each.

    Args:
        numbers: of the entries.
        accounts: all that the entries are of.
        cursor: to the published copy.
    """
    if not numbers:
        return []
    height = sequence.height_of(min(numbers))
    past = _past(height, accounts, cursor)
    found: list[Update] = []
    for row in _running(height, numbers, accounts, cursor):
        account, block, number, change, balance, debits, credits, received, *latest, creation_height = row
        debit_height, credit_height, previous = latest
        before = past.get(account, _Past())
        found.append(
            Update(
                account=account,
                height=block,
                number=number,
                change=change,
                balance=before.balance + balance,
                debits=before.debits + debits,
                credits=before.credits + credits,
                received=before.received + received,
                sent=before.received + received - before.balance - balance,
                debit_height=before.debit_height if debit_height is None else debit_height,
                credit_height=before.credit_height if credit_height is None else credit_height,
                previous=before.previous if previous is None else previous,
                creation_height=creation_height if before.creation_height is None else before.creation_height,
            )
        )
    return found


def _past(height: int, accounts: Collection[str], cursor: Cursor) -> dict[str, _Past]:
    """The history before a block of the accounts that existed then.

    Numbers of entries are not computed here, as that took as long as all sums together; the last one of each account is
    looked up in its block.
    """
    statement = Statement()
    sums = [f"({sql})::bigint" for sql in (*_SUMS, *_HEIGHTS, "min(height)")]
    sql = f"""
        select account, {", ".join(sums)}
        from published.account_updates
        where {of_accounts(accounts, statement)} and height < {statement.value(height)}
        group by account
    """
    found = {account: _Past(*values) for account, *values in cursor.execute(sql, statement.values).fetchall()}
    heights = {max(past.debit_height or 0, past.credit_height or 0) for past in found.values()}
    statement = Statement()
    sql = f"""
        select account, max({sequence.ENTRY})
        from published.account_updates
        where {of_accounts(found, statement)} and {at(heights)}
        group by account
    """
    numbers = cursor.execute(sql, statement.values).fetchall() if found else []
    return found | {account: replace(found[account], previous=number) for account, number in numbers}


def _running(height: int, numbers: Collection[int], accounts: Collection[str], cursor: Cursor) -> list[tuple[Any, ...]]:
    """The entries from a block on, with running totals of their accounts."""
    statement = Statement()
    sums = [f"({sql} over so_far)::bigint" for sql in _SUMS]
    sums += [f"{sql} over before" for sql in (*_HEIGHTS, "max(number)")]
    sql = f"""
        with entries as (
            select account, height, {sequence.ENTRY} as number, value
            from published.account_updates
            where {of_accounts(accounts, statement)}
                and height >= {statement.value(height)}
                and height <= {statement.value(sequence.height_of(max(numbers)))}
        ),
        running as (
            select account, height, number, value, {", ".join(sums)}, min(height) over so_far
            from entries
            window
                so_far as (partition by account order by number rows unbounded preceding),
                before as (partition by account order by number rows between unbounded preceding and 1 preceding)
        )
        from running
        where number in ({", ".join(map(str, numbers))})
        order by number
    """
    return cursor.execute(sql, statement.values).fetchall()


def of_accounts(accounts: Collection[str], statement: Statement) -> str:
    """The condition that a row is of one of these accounts."""
    if len(accounts) == 1:
        (account,) = accounts
        return f"account = {statement.value(account)}"
    return f"account in {statement.any_of(sorted(accounts))}" if accounts else "false"


def _text(number: int | None) -> str | None:
    return None if number is None else str(number)
