"""Wrong API keys: slowed down by address, in bounded memory, and never at the cost of a right one."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from serving.addresses import origin
from serving.failed_keys import FORGET_SECONDS, FREE_FAILURES, LONGEST_WAIT_SECONDS, FailedKeys
from serving.keys import anonymous
from serving.rate_limits import RateLimits
from serving.recent import Recent
from tests.serving.copies import make_copy
from tests.serving.servers import Server, make_key

SERIES = "/v4/timeseries/asset-metrics"
GOOD = {"assets": "btc", "metrics": "BlkCnt"}


@pytest.fixture
def guarded_home(tmp_path: Path) -> Path:
    make_copy(tmp_path / "published" / "satledger.duckdb")
    return tmp_path


def refusal(ask: Callable[[], requests.Response]) -> requests.Response:
    """The answer that makes the caller wait; on a busy machine one wait may be over before the next request comes."""
    for _ in range(10):
        answer = ask()
        if answer.status_code == 429:
            return answer
        assert answer.status_code == 401
    raise AssertionError("ten wrong keys in a row were all just answered")


def test_many_wrong_keys_are_slowed_down_and_a_right_one_is_not(guarded_home: Path) -> None:
    key = make_key(guarded_home, "desk")
    with Server(guarded_home, "--keys") as guarded:
        begun = time.monotonic()
        with requests.Session() as session, ThreadPoolExecutor(4) as pool:
            address = f"{guarded.url}{SERIES}?assets=btc&metrics=BlkCnt&api_key="
            answers = list(pool.map(lambda n: session.get(f"{address}wrong{n}", timeout=30), range(300)))
        passed = time.monotonic() - begun
        checked = [answer for answer in answers if answer.status_code == 401]
        refused = [answer for answer in answers if answer.status_code == 429]
        assert len(checked) + len(refused) == 300
        # One a second at first, then every two, four ...
        assert FREE_FAILURES <= len(checked) <= FREE_FAILURES + 1 + passed
        for answer in refused:
            assert answer.json()["error"]["type"] == "rate_limit"
            assert answer.headers["content-type"] == "application/json"
            assert 1 <= int(answer.headers["x-ratelimit-reset"]) <= LONGEST_WAIT_SECONDS
            assert answer.headers["retry-after"] == answer.headers["x-ratelimit-reset"]
            assert f"Try again in {answer.headers['retry-after']} seconds" in answer.json()["error"]["message"]
        # Neither in the address nor in the header, and not only once.
        for _ in range(5):
            assert guarded.get(SERIES, **GOOD, api_key=key).status_code == 200
            assert guarded.graphql("{getAvailableMetrics}", key).status_code == 200
        slowed = refusal(lambda: guarded.graphql("{getAvailableMetrics}", "wrong"))
        assert "retry-after" not in slowed.headers
        assert "API Rate Limit Reached. Try again in" in slowed.json()["errors"]["details"]
        assert guarded.get("/").status_code == guarded.get("/health").status_code == 200
        # After the time that it was told a wrong key is looked at again.
        told = refusal(lambda: guarded.get(SERIES, **GOOD, api_key="wrong"))
        time.sleep(int(told.headers["retry-after"]))
        assert guarded.get(SERIES, **GOOD, api_key="wrong").status_code == 401
        refusal(lambda: guarded.get(SERIES, **GOOD, api_key="wrong"))


def test_waits_double_up_to_a_bound_and_are_forgotten() -> None:
    now = 100.0
    failed = FailedKeys(lambda: now)
    assert [failed.count("a") for _ in range(FREE_FAILURES)] == [0] * FREE_FAILURES
    waits: list[int] = []
    for _ in range(10):
        waits.append(failed.count("a"))
        assert failed.count("a") == waits[-1]
        now += waits[-1]
        assert failed.count("a") == 0
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60, 60, 60]
    assert failed.count("b") == 0
    now += FORGET_SECONDS + 1
    assert [failed.count("a") for _ in range(FREE_FAILURES)] == [0] * FREE_FAILURES
    assert failed.count("a") == 1


def test_any_number_of_failures_keeps_the_longest_wait() -> None:
    now = 0.0
    failed = FailedKeys(lambda: now)
    for _ in range(5_000):
        failed.count("a")
        now += LONGEST_WAIT_SECONDS
    failed.count("a")
    assert failed.count("a") == LONGEST_WAIT_SECONDS


def test_memory_is_bounded() -> None:
    failed, limits = FailedKeys(), RateLimits()
    for number in range(25_000):
        failed.count(str(number))
        limits.take(anonymous(str(number)))
    assert len(failed) == limits.windows == 10_000
    recent = Recent[int](2)
    for name in ("a", "b", "a", "c"):
        recent.put(name, 1)
    assert [recent.get(name) for name in ("a", "b", "c")] == [1, None, 1]


@pytest.mark.parametrize(
    ("client", "expected"),
    [
        (("192.0.2.7", 1), "192.0.2.7"),
        (("::ffff:192.0.2.7", 1), "192.0.2.7"),
        (("2001:db8:1:2:3:4:5:6", 1), "2001:db8:1:2::/64"),
        (("2001:db8:1:2:ffff::1", 1), "2001:db8:1:2::/64"),
        (("fe80::1%eth0", 1), "fe80::/64"),
        (("unknown" * 100, 1), ("unknown" * 100)[:64]),
        (None, ""),
    ],
)
def test_where_a_request_comes_from(client: tuple[str, int] | None, expected: str) -> None:
    assert origin({"client": client}) == expected
