"""`satledger sql`: whatever the statement, rows or a sentence."""

import os
import pty
import select
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.cli.command import SATLEDGER, environment, satledger


@pytest.mark.parametrize(
    ("statement", "shown"),
    [
        ("pivot (select 'tea' as drink, 3 as cups) on drink using sum(cups)", ["tea", "3"]),
        ("from (pivot (select 'tea' as drink, 3 as cups) on drink using sum(cups))", ["tea", "3"]),
        ("pivot (select month(day) as m from built_days) on m using count(*)", ["12"]),
        ("unpivot (select 1 as one, 2 as two) on one, two", ["two", "2"]),
        (f"select {', '.join(f'{number} as c{number}' for number in range(100))}", ["c57", "column", "value", "57"]),
        ("select 1 as one where false", ["0 rows (one)"]),
        ("from built_days where day < '2000-01-01'", ["0 rows (day, first_height"]),
        ("prepare question as select 42 as answer; execute question", ["answer", "42"]),
        ("create temp table mine as select 7 as seven; from mine", ["seven", "7"]),
        ("set threads = 1; select current_setting('threads') as used", ["used", "1"]),
        ("explain select 1", ["physical_plan"]),
        ("call pragma_version()", ["library_version"]),
        ("describe built_days", ["fingerprint"]),
        ("begin; select 5 as five; commit", ["five", "5"]),
        ("""select '[red]' as "[bold]" """, ["[bold]", "[red]"]),
    ],
)
def test_rows_are_shown(built: Path, statement: str, shown: list[str]) -> None:
    done = satledger(built, "sql", statement)
    assert done.returncode == 0, done.stderr
    assert all(text in done.stdout for text in shown), done.stdout


@pytest.mark.parametrize(
    ("statement", "sentence"),
    [
        ("pivot built_days on nothing_there using sum(day)", "nothing_there"),
        ("selec 1", "syntax error"),
        ("", "There is no SQL statement"),
        ("/* nothing but a comment */", "There is no SQL statement"),
        ("insert into built_days from built_days", "read-only"),
        ("select 1; drop table built_days", "read-only"),
    ],
)
def test_what_cannot_run_is_one_sentence(built: Path, statement: str, sentence: str) -> None:
    done = satledger(built, "sql", statement)
    assert done.returncode == 1
    (line,) = done.stderr.strip().splitlines()
    assert sentence in line


@pytest.mark.parametrize("statement", ["set threads = 1", "checkpoint", "create temp table mine as select 1"])
def test_what_has_no_rows_says_that_it_is_done(built: Path, statement: str) -> None:
    done = satledger(built, "sql", statement)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "done\n")


def test_csv_of_a_pivot_and_of_nothing(built: Path) -> None:
    pivot = satledger(built, "sql", "--csv", "pivot (select 'tea' as drink, 3 as cups) on drink using sum(cups)")
    assert (pivot.returncode, pivot.stdout) == (0, "tea\n3\n")
    nothing = satledger(built, "sql", "--csv", "select 1 as one where false")
    assert (nothing.returncode, nothing.stdout) == (0, "one\n")


def test_a_query_keeps_to_the_limits(home: Path, tmp_path: Path) -> None:
    asked = "select current_setting('memory_limit') as m, current_setting('threads') as t, "
    asked += "current_setting('temp_directory') as d"
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    limits = {"SATLEDGER_MEMORY_LIMIT": "64MiB", "SATLEDGER_THREADS": "3", "SATLEDGER_TEMP_DIR": str(elsewhere)}
    done = satledger(home, "sql", "--csv", asked, **limits)
    memory, threads, folder = done.stdout.splitlines()[1].split(",")
    assert (memory, threads) == ("64.0 MiB", "3")
    assert Path(folder).is_relative_to(elsewhere)
    # More than that memory: it spills, and leaves nothing.
    sort = "select sum(n) from (select range as n, hash(range) as h from range(4000000) order by h limit 3900000)"
    spilled = satledger(home, "sql", "--csv", sort, **limits)
    assert spilled.returncode == 0, spilled.stderr
    assert list(elsewhere.iterdir()) == []


@contextmanager
def prompt(home: Path) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """The command on a terminal of its own, up to its first prompt."""
    ours, its = pty.openpty()
    variables = environment(SATLEDGER_HOME=str(home), COLUMNS="200", TERM="dumb")
    with subprocess.Popen([SATLEDGER, "sql"], env=variables, stdin=its, stdout=its, stderr=its) as process:
        os.close(its)
        try:
            read_until(ours, "satledger> ")
            yield process, ours
        finally:
            process.kill()
            os.close(ours)


def read_until(terminal: int, text: str) -> str:
    """What the terminal shows up to a text."""
    seen, deadline = "", time.monotonic() + 60
    while text not in seen:
        assert time.monotonic() < deadline, seen
        if select.select([terminal], [], [], 1)[0]:
            seen += os.read(terminal, 10_000).decode()
    return seen


@pytest.mark.parametrize("typed", ["exit", "quit", "EXIT;", "quit ;", ".quit", "\\q", "\x04"])
def test_leaving_the_prompt(built: Path, typed: str) -> None:
    with prompt(built) as (process, terminal):
        os.write(terminal, typed.encode() + (b"" if typed == "\x04" else b"\n"))
        assert process.wait(timeout=30) == 0


def test_the_prompt_goes_on_after_errors_and_shows_every_statement(built: Path) -> None:
    with prompt(built) as (process, terminal):
        os.write(terminal, b"select nothing_there;\n")
        read_until(terminal, "LINE 1")
        # The terminal repeats what is typed: only what is computed shows that a statement has run.
        os.write(terminal, b"select 40 + 2; pivot (select 't' || 'ea' as d, 3 as c) on d using sum(c);\n")
        seen = read_until(terminal, "tea")
        assert "42" in seen
        os.write(terminal, b"select 1 where false;\n")
        read_until(terminal, "0 rows")
        os.write(terminal, b"select\n")
        # The end comes at a prompt, as from a keyboard: between two prompts the terminal would lose it.
        read_until(terminal, "-> ")
        os.write(terminal, b"\x04")
        assert process.wait(timeout=30) == 0
