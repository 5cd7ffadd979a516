"""Which cells say nothing: the readable rule, and its twin in SQL that must agree with it on every text."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data_quality.placeholders import ZERO_WIDTH, build_blank_pattern, is_blank_text
from data_quality.standards import load_standards

PLACEHOLDERS = load_standards().placeholders.values
PATTERN = build_blank_pattern(PLACEHOLDERS)


def judge_in_sql(values: Sequence[str | None], pattern: str = PATTERN) -> list[bool]:
    query = "select v is null or regexp_full_match(v, ?) from (select unnest(?::varchar[]) as v)"
    return [row[0] for row in duckdb.execute(query, [pattern, list(values)]).fetchall()]


@pytest.mark.parametrize(
    ("value", "blank"),
    [
        (None, True),
        ("", True),
        (" \t\r\n", True),
        ("\u3000", True),  # the full-width space of Chinese keyboards
        ("\u200b", True),  # zero width: looks empty and is
        ("无", True),
        ("未知", True),
        ("未知客户有限公司", False),  # only the whole cell counts
        ("N/A", True),
        ("n/a ", True),
        ("\uff2e\uff0f\uff21", True),  # N/A in full width
        ("ＮＡ", True),
        ("Nancy", False),
        ("UNDEFINED", True),
        ("Undefined\u200b", True),
        ("undefined behaviour", False),
        ("-", True),
        ("-1", False),
        ("…", True),  # one character that NFKC makes into "..."
        ("test", True),
        ("Test Equipment Ltd", False),
        ("0", True),  # as text; a number 0 is a value
        ("00", False),
        ("false", False),
    ],
)
def test_placeholder_boundary(value: str | None, blank: bool) -> None:
    assert is_blank_text(value, PLACEHOLDERS) is blank
    assert judge_in_sql([value]) == [blank]


_decorations = st.text(alphabet=" \t\u3000\u00a0" + ZERO_WIDTH, max_size=3)
_dressed = st.builds(
    lambda before, word, after: before + word + after,
    _decorations,
    st.sampled_from(PLACEHOLDERS).flatmap(
        lambda word: st.sampled_from(
            [word, word.upper(), word.title(), "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in word)]
        )
    ),
    _decorations,
)


@settings(max_examples=60, deadline=None)
@given(values=st.lists(st.one_of(_dressed, st.text(max_size=6)), min_size=20, max_size=60))
def test_sql_and_the_readable_rule_agree_on_any_text(values: list[str]) -> None:
    # DuckDB strings end at no character, but its parameters cannot carry a lone surrogate; hypothesis draws none.
    assert judge_in_sql(values) == [is_blank_text(value, PLACEHOLDERS) for value in values]


def test_every_single_character_is_judged_alike_by_both() -> None:
    """All of the Basic Multilingual Plane at once: this is where width and compatibility forms live."""
    values = [chr(code) for code in range(1, 0x10000) if not 0xD800 <= code < 0xE000]
    expected = [is_blank_text(value, ("-", "x")) for value in values]
    assert judge_in_sql(values, build_blank_pattern(("-", "x"))) == expected
    assert 20 < sum(expected) < 100


def test_without_placeholders_only_blank_text_is_empty() -> None:
    assert judge_in_sql(["", "  ", "无", None], build_blank_pattern(())) == [True, True, False, True]
