"""Instants of the REST interface."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.errors import BadParameterError
from serving.instants import DAY, SECOND, from_above, from_below, iso, parse_instant, parse_zone

UTC_ZONE = ZoneInfo("UTC")
moments = st.datetimes(min_value=datetime(1, 1, 2), max_value=datetime(9999, 12, 30))


@given(moments, st.sampled_from(["%Y-%m-%dT%H:%M:%S", "%Y%m%dT%H%M%S", "%Y-%m-%dT%H%M%S"]), st.integers(0, 999_999_999))
def test_all_spellings_of_an_instant(moment: datetime, form: str, nanoseconds: int) -> None:
    text = moment.strftime(form)
    if moment.year < 1000:
        text = f"{moment.year:04d}{text[len(str(moment.year)) :]}" if not text.startswith("0") else text
    seconds = int((moment.replace(microsecond=0, tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds())
    for end in ("", "Z"):
        assert parse_instant("start_time", f"{text}{end}", UTC_ZONE) == seconds * SECOND
        assert parse_instant("start_time", f"{text}.{nanoseconds:09d}{end}", UTC_ZONE) == seconds * SECOND + nanoseconds


@given(st.text())
def test_what_is_no_instant_is_refused_with_the_parameter(text: str) -> None:
    try:
        parse_instant("end_time", text, UTC_ZONE)
    except BadParameterError as error:
        assert "'end_time'" in error.message


def test_the_zone_outranks_the_suffix() -> None:
    new_york = parse_zone("America/New_York")
    assert parse_instant("t", "2024-01-01T00:00:00Z", new_york) == parse_instant("t", "2024-01-01T05:00:00", UTC_ZONE)
    assert parse_instant("t", "2024-07-01", new_york) == parse_instant("t", "2024-07-01T04:00:00Z", UTC_ZONE)


@pytest.mark.parametrize("name", ["", "Mars", "../UTC", "/etc/passwd", "America", "\x00", "x" * 5000])
def test_unknown_zones(name: str) -> None:
    with pytest.raises(BadParameterError, match="timezone"):
        parse_zone(name)


@given(st.integers(-(10**20), 10**20), st.sampled_from([SECOND, DAY]), st.booleans())
def test_bounds_keep_exactly_the_whole_units_inside(instant: int, unit: int, inclusive: bool) -> None:
    lowest, highest = from_below(instant, unit, inclusive), from_above(instant, unit, inclusive)
    assert (lowest * unit >= instant) if inclusive else (lowest * unit > instant)
    assert (highest * unit <= instant) if inclusive else (highest * unit < instant)
    assert (lowest - 1) * unit <= instant <= (highest + 1) * unit


def test_printed_with_nine_digits() -> None:
    assert iso(datetime(2024, 1, 2, 3, 4, 5, 678)) == "2024-01-02T03:04:05.000678000Z"
