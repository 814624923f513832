"""Formulas of the chart: their grammar and their functions, in the browser's own engine."""

import itertools
import statistics

import pytest
from playwright.sync_api import Page

from tests.serving.servers import Server


def test_the_grammar_of_formulas(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/embed")
    read = """async (texts) => {
        const { parse, print } = await import("/static/formula.js");
        const read = (text) => print(parse(text, "btc"));
        return texts.map((text) => { try { return read(text); } catch (error) { return error.message; } });
    }"""
    texts = {
        "a-b-c": "btc:a - btc:b - btc:c",
        "a-(b-c)": "btc:a - (btc:b - btc:c)",
        "(a+b)*2/ltc:c": "(btc:a + btc:b) * 2 / ltc:c",
        "-a*b": "(-btc:a) * btc:b",
        "a - -b": "btc:a - (-btc:b)",
        "ma(a, 7) / z(b)": "ma(btc:a, 7) / z(btc:b, 365)",
        "total(a)": "total(btc:a)",
        "1e3 * holders_distribution_0.1_to_1": "1000 * btc:holders_distribution_0.1_to_1",
        "": "The formula is empty.",
        "a +": "A metric or a number is missing at the end.",
        "a b": '"b" is not expected where it stands.',
        "alert(1)": "There is no function alert; there are ma, sum, z, change, growth, lag, total, abs.",
        "constructor(a)": "There is no function constructor; there are ma, sum, z, change, growth, lag, total, abs.",
        "a" + " + 1" * 5000: "A formula may have up to 1,000 names, numbers and signs; this one has 10,001.",
        "ma(a, 0)": "ma() takes a series and a whole number of days from 1 to 10000.",
        "abs(a, 3)": "abs() takes one series and no days.",
        "a; b": '"; b" cannot be read in a formula.',
        "(" * 60 + "a": "A formula may be 50 levels deep.",
    }
    assert dict(zip(texts, page.evaluate(read, list(texts)), strict=True)) == texts


def test_functions_of_formulas_compute_what_the_docs_say(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/embed")
    values = [4.0, 8.0, None, 2.5, 0.0, 1e9, 1e9 + 1, 7.0]
    compute = """async ([values, days]) => {
        const { FUNCTIONS } = await import("/static/windows.js");
        const numbers = Float64Array.from(values, (value) => value ?? NaN);
        const plain = (made) => [...made].map((value) => (Number.isNaN(value) ? null : value));
        const of = ([name, { apply }]) => [name, plain(apply(numbers, days, new Map()))];
        return Object.fromEntries(Object.entries(FUNCTIONS).map(of));
    }"""
    windows = [[each for each in values[max(0, end - 2) : end + 1] if each is not None] for end in range(len(values))]
    pairs = [(None, None)] * 3 + list(zip(values[3:], values, strict=False))

    def where_known(results: list[float | None]) -> list[float | None]:
        return [None if value is None else result for value, result in zip(values, results, strict=True)]

    def score(value: float | None, window: list[float]) -> float | None:
        spread = statistics.pstdev(window) if window else 0
        return (value - statistics.fmean(window)) / spread if value is not None and spread else None

    both = [(now, then) if now is not None and then is not None else None for now, then in pairs]
    want = {
        "ma": where_known([statistics.fmean(window) for window in windows]),
        "sum": where_known([sum(window) for window in windows]),
        "z": [score(value, window) for value, window in zip(values, windows, strict=True)],
        "change": [pair and pair[0] - pair[1] for pair in both],
        "growth": [100 * (pair[0] - pair[1]) / pair[1] if pair and pair[1] else None for pair in both],
        "lag": [then for _, then in pairs],
        "total": where_known(list(itertools.accumulate(each or 0 for each in values))),
        "abs": values,
    }
    found = page.evaluate(compute, [values, 3])
    assert found.keys() == want.keys()
    for name, numbers in want.items():
        assert found[name] == [None if each is None else pytest.approx(each, rel=1e-12) for each in numbers], name
