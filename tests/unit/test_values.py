"""Values: every dressing of a number or date that people and tools use has one reading, or a reason why not."""

from __future__ import annotations

import hashlib
import hmac
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from intake_company import Company

from ingestion.contract import Column
from ingestion.mapping import ColumnSource
from ingestion.values.personal import mask_expression, redact_expression, token_expression
from ingestion.values.typed import typed_column

CON = duckdb.connect()
CON.execute("set TimeZone = 'UTC'")
MONEY = "DECIMAL(18,2)"


def _read(
    text: str | None, kind: str, source: dict[str, Any] | None = None, column: dict[str, Any] | None = None
) -> tuple[Any, str | None, bool]:
    """The typed value, the reason why it is bad, and whether it was rounded."""
    described = {"name": "x", "label_en": "X", "label_zh": "某", "description_en": "X.", "description_zh": "某。"}
    typed = typed_column(
        "t",
        Column.model_validate({**described, "type": kind, **(column or {})}),
        ColumnSource.model_validate({"from": "x", **(source or {})}),
        zone="Asia/Shanghai",
    )

    def fill(expression: str | None) -> str:
        return expression.replace("{value}", "v").replace("{text}", "t") if expression else "null"

    row = CON.execute(
        f"""select v, case when coalesce({fill(typed.is_bad)}, false) then {fill(typed.reason)} end,
            coalesce({fill(typed.is_rounded)}, false)
        from (select t, {typed.value} as v from (select ?::varchar as t))""",
        [text],
    ).fetchone()
    assert row is not None
    return row[0], row[1], bool(row[2])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("12", "12.00"),
        ("12.300", "12.30"),  # zeros beyond the scale are not rounding
        ("-5", "-5.00"),
        (".5", "0.50"),  # as Oracle writes it
        ("17850.0", "17850.00"),
        ("1,234,567.5", "1234567.50"),
        ("１，２３４．５", "1234.50"),
        ("２", "2.00"),
        ("￥1,234.50", "1234.50"),
        ("¥ 12", "12.00"),
        ("-¥5", "-5.00"),
        ("CNY 12", "12.00"),
        ("598元", "598.00"),
        ("12.6万元", "126000.00"),
        ("12.6万", "126000.00"),
        ("3千元", "3000.00"),
        ("1.2亿", "120000000.00"),
        ("(1,234.50)", "-1234.50"),  # as accountants write what is owed
        ("9999999999999999.99", "9999999999999999.99"),
    ],
)
def test_amount_in_any_dressing_is_read(text: str, expected: str) -> None:
    assert _read(text, MONEY) == (Decimal(expected), None, False)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("1.005", "not_an_exact_number"),  # would have to be rounded, and the mapping does not say so
        ("1e3", "not_an_exact_number"),  # Excel has dropped digits
        ("0.30000000000000004", "not_an_exact_number"),
        ("1,23", "not_a_number"),  # a decimal comma or a lost digit: nobody can know
        ("12,34,567", "not_a_number"),
        ("abc", "not_a_number"),
        ("--5", "not_a_number"),
        ("(-5)", "not_a_number"),
        ("(5", "not_a_number"),
        ("12%", "not_a_number"),  # a share is no amount
        ("12345678901234567.89", "too_large"),
        ("1.2万3", "not_a_number"),
        ("1_000", "not_a_number"),
        ("0x1F", "not_a_number"),
        ("nan", "not_a_number"),
        ("inf", "not_a_number"),
    ],
)
def test_amount_that_cannot_be_read_has_a_reason(text: str, reason: str) -> None:
    assert _read(text, MONEY) == (None, reason, False)


@pytest.mark.parametrize(
    ("text", "unit", "expected"),
    [
        ("1250", "fen", "12.50"),
        ("12.6", "wan_yuan", "126000.00"),
        ("12.6万元", "fen", "126000.00"),  # what the cell says wins over what the column says
        ("￥12.6", "wan_yuan", "126000.00"),  # a sign is no unit: Excel formats cells with it
        ("1.5", "yi_yuan", "150000000.00"),
    ],
)
def test_unit_is_turned_into_yuan_exactly(text: str, unit: str, expected: str) -> None:
    assert _read(text, MONEY, {"unit": unit}) == (Decimal(expected), None, False)


def test_unit_that_leaves_part_of_a_fen_is_not_rounded_in_silence() -> None:
    assert _read("1250.5", MONEY, {"unit": "fen"})[1] == "not_an_exact_number"
    assert _read("1250.5", MONEY, {"unit": "fen", "round": "half_up"}) == (Decimal("12.51"), None, True)


@pytest.mark.parametrize(
    ("text", "expected", "is_rounded"),
    [("1.004", "1.00", True), ("1.005", "1.01", True), ("-1.005", "-1.01", True), ("1.00", "1.00", False),
     ("0.30000000000000004", "0.30", False), ("4000000.4150000001", "4000000.42", True)],
)  # fmt: skip
def test_number_is_rounded_half_away_from_zero_where_the_mapping_says_so(
    text: str, expected: str, is_rounded: bool
) -> None:
    assert _read(text, MONEY, {"round": "half_up"}) == (Decimal(expected), None, is_rounded)


def test_share_is_read_as_percent_or_as_fraction() -> None:
    share = {"unit": "fraction"}
    assert _read("12.5%", "DECIMAL(9,6)", {}, share)[0] == Decimal("0.125")
    assert _read("30", "DECIMAL(9,6)", {"unit": "percent"}, share)[0] == Decimal("0.3")
    assert _read("0.3", "DECIMAL(9,6)", {}, share)[0] == Decimal("0.3")


@pytest.mark.parametrize(
    ("text", "kind", "expected"),
    [("12", "INTEGER", 12), ("12.0", "INTEGER", 12), ("1,234", "INTEGER", 1234), ("999999999", "INTEGER", 999999999),
     ("12345678901", "BIGINT", 12345678901)],
)  # fmt: skip
def test_whole_number_is_read(text: str, kind: str, expected: int) -> None:
    assert _read(text, kind) == (expected, None, False)


@pytest.mark.parametrize(
    ("text", "reason"), [("1.5", "not_a_whole_number"), ("x", "not_a_whole_number"), ("12345678901", "too_large")]
)
def test_what_is_no_whole_number_has_a_reason(text: str, reason: str) -> None:
    assert _read(text, "INTEGER")[1] == reason


@pytest.mark.parametrize(
    ("text", "local"),
    [
        ("2024-01-16 09:05:00", "2024-01-16 09:05:00"),
        ("2024-01-16T09:05", "2024-01-16 09:05:00"),
        ("2024-01-16 09:05:00.250", "2024-01-16 09:05:00.25"),
        ("2024-1-6 9:5:3", "2024-01-06 09:05:03"),
        ("2024/1/16 9:05", "2024-01-16 09:05:00"),  # after a visit to Excel
        ("2024.01.16", "2024-01-16 00:00:00"),
        ("2024年1月17日", "2024-01-17 00:00:00"),
        ("2024年1月17日 9时5分", "2024-01-17 09:05:00"),
        ("2024年1月17日9点", "2024-01-17 09:00:00"),
        ("２０２４－０１－１６", "2024-01-16 00:00:00"),
        ("20240116", "2024-01-16 00:00:00"),
        ("20240116090500", "2024-01-16 09:05:00"),
        ("45307.5", "2024-01-16 12:00:00"),  # Excel's days since 1899-12-30
        ("45307", "2024-01-16 00:00:00"),
        ("2024-01-16T01:05:00Z", "2024-01-16 09:05:00"),
        ("2024-01-16 06:35:00+0530", "2024-01-16 09:05:00"),
    ],
)
def test_several_formats_in_one_column_have_one_reading_each(text: str, local: str) -> None:
    value, reason, _ = _read(text, "TIMESTAMPTZ")
    assert reason is None
    assert value == datetime.fromisoformat(local).replace(tzinfo=ZoneInfo("Asia/Shanghai"))
    assert _read(text, "DATE")[0] == datetime.fromisoformat(local).date()


@pytest.mark.parametrize(
    "text",
    ["17/01/2024", "01-17-2024", "2024-02-30", "2024-13-01", "24-01-16 ", "2024-01-16 25:00:00", "abc", "1705367100",
     "4530", "2024-01"],
)  # fmt: skip
def test_date_with_two_readings_or_none_is_not_guessed(text: str) -> None:
    assert _read(text.strip(), "DATE")[1] in ("not_a_date", "implausible_date")
    assert _read(text.strip(), "TIMESTAMPTZ")[1] in ("not_an_instant", "implausible_date")


def test_formats_that_the_mapping_names_take_the_place_of_the_usual_ones() -> None:
    source = {"formats": ["%d/%m/%Y", "excel_serial"]}
    assert _read("17/01/2024", "DATE", source)[0] == date(2024, 1, 17)
    assert _read("45307", "DATE", source)[0] == date(2024, 1, 16)
    assert _read("2024-01-17", "DATE", source)[1] == "not_a_date"


def test_epochs_are_read_in_the_unit_that_is_named() -> None:
    instant = datetime(2024, 1, 16, 1, 5, tzinfo=UTC)
    seconds = str(int(instant.timestamp()))
    assert _read(seconds, "TIMESTAMPTZ", {"formats": ["epoch_s"]})[0] == instant
    assert _read(f"{seconds}123", "TIMESTAMPTZ", {"formats": ["epoch_ms"]})[0] == instant.replace(microsecond=123000)
    # One endpoint sends seconds, another milliseconds: a wrong unit must not become a year 55,000.
    assert _read(f"{seconds}123", "TIMESTAMPTZ", {"formats": ["epoch_s"]})[1] == "not_an_instant"
    assert _read(seconds, "TIMESTAMPTZ", {"formats": ["epoch_ms"]})[1] == "not_an_instant"


def test_offset_is_demanded_where_the_mapping_says_so() -> None:
    source = {"formats": ["iso_offset"]}
    assert _read("2024-01-01T00:00:00+08:00", "TIMESTAMPTZ", source)[0] == datetime(2023, 12, 31, 16, tzinfo=UTC)
    assert _read("2024-01-01T00:00:00", "TIMESTAMPTZ", source)[1] == "not_an_instant"


@pytest.mark.parametrize(
    ("text", "is_plausible"),
    [("1989-12-31", False), ("1990-01-01", True), ("2099-12-31", True), ("2100-01-01", False), ("9999-12-31", False),
     ("1970-01-01", False)],
)  # fmt: skip
def test_placeholder_for_never_is_no_date(text: str, is_plausible: bool) -> None:
    for kind in ("DATE", "TIMESTAMPTZ"):
        assert (_read(text, kind)[1] is None) is is_plausible
    assert _read(text, "DATE", {}, {"earliest": "1900-01-01", "latest": "9999-12-31"})[1] is None


@pytest.mark.parametrize(
    ("text", "expected"), [("是", True), ("TRUE", True), ("1", True), ("否", False), ("off", False)]
)
def test_yes_and_no_in_two_languages(text: str, expected: bool) -> None:
    assert _read(text, "BOOLEAN") == (expected, None, False)


def test_nothing_is_nothing_and_not_bad() -> None:
    for kind in (MONEY, "INTEGER", "DATE", "TIMESTAMPTZ", "BOOLEAN", "VARCHAR"):
        assert _read(None, kind) == (None, None, False)


def test_value_map_comes_first_and_may_map_to_nothing() -> None:
    source = {"values": {"Won": "won", "n/a": ""}, "values_only": True}
    assert _read("Won", "VARCHAR", source)[:2] == ("won", None)
    assert _read("n/a", "VARCHAR", source)[:2] == (None, None)
    assert _read("Other", "VARCHAR", source)[1] == "unknown_value"
    assert _read("never", "DATE", {"values": {"never": ""}})[:2] == (None, None)
    assert _read(None, "INTEGER", {"default": "7"})[0] == 7


def test_base64_name_is_decoded_and_anything_else_has_a_reason() -> None:
    source = {"formats": ["base64"]}
    assert _read("5byg5LiJ", "VARCHAR", source)[:2] == ("张三", None)
    assert _read("!!!", "VARCHAR", source)[1] == "not_base64"
    assert _read("/w==", "VARCHAR", source)[1] == "not_base64"  # a byte that is no UTF-8


@settings(max_examples=150, deadline=None)
@given(
    st.decimals(min_value=-(10**9), max_value=10**9, places=2),
    st.sampled_from(["plain", "grouped", "wide", "yen", "yuan", "bracket", "wan"]),
)
def test_every_amount_comes_back_from_every_dressing(amount: Decimal, dressing: str) -> None:
    text = {
        "plain": f"{amount:f}",
        "grouped": f"{amount:,f}",
        "wide": f"{amount:,f}".translate(str.maketrans("0123456789.,-", "０１２３４５６７８９．，－")),
        "yen": f"￥{amount:,f}" if amount >= 0 else f"-￥{-amount:,f}",
        "yuan": f"{amount:f}元",
        "bracket": f"({-amount:,f})" if amount < 0 else f"{amount:f}",
        "wan": f"{amount / 10000:f}万元",
    }[dressing]
    assert _read(text, MONEY) == (amount, None, False)


@settings(max_examples=150, deadline=None)
@given(
    st.datetimes(min_value=datetime(1992, 1, 1), max_value=datetime(2099, 12, 30)),
    st.sampled_from(
        ["%Y-%m-%d %H:%M:%S", "%Y/%m/%d %H:%M:%S", "%Y年%m月%d日 %H时%M分%S秒", "%Y%m%d%H%M%S", "offset", "excel"]
    ),
)
def test_every_instant_comes_back_from_every_format(moment: datetime, layout: str) -> None:
    local = moment.replace(microsecond=0, tzinfo=ZoneInfo("Asia/Shanghai"))
    if layout == "offset":
        text = local.isoformat()
    elif layout == "excel":
        days = (local.replace(tzinfo=None) - datetime(1899, 12, 30)) / timedelta(days=1)
        text = f"{days:.10f}"
    else:
        text = local.strftime(layout)
    value, reason, _ = _read(text, "TIMESTAMPTZ")
    assert reason is None
    assert value == local


def _sql(company: Company, expression: str, text: str | None) -> object:
    row = company.con.execute(f"select {expression} from (select ?::varchar as t, '张三' as n)", [text]).fetchone()
    assert row is not None
    return row[0]


def test_token_is_hmac_sha256_of_the_normalised_value(company: Company) -> None:
    expected = hmac.new(b"a key for tests", b"ab@c.d", hashlib.sha256).hexdigest()[:32]
    assert _sql(company, token_expression("t"), " Ab@C.d ") == expected
    assert _sql(company, token_expression("t", normalise="email"), "ＡＢ＠c.d") == expected
    assert _sql(company, token_expression("t"), None) is None


@pytest.mark.parametrize(
    "text", ["13800001234", "+86 138-0000-1234", "008613800001234", "１３８００００１２３４", "8613800001234"]
)
def test_one_mobile_number_has_one_token(company: Company, text: str) -> None:
    expression = token_expression("t", normalise="mobile")
    assert (
        _sql(company, expression, text) == hmac.new(b"a key for tests", b"13800001234", hashlib.sha256).hexdigest()[:32]
    )


def test_starred_number_joins_with_nothing(company: Company) -> None:
    expression = token_expression("t", normalise="mobile")
    assert _sql(company, expression, "138****1234") != _sql(company, expression, "13800001234")


@pytest.mark.parametrize(
    ("text", "expected"),
    [("浙江省杭州市西湖区文三路1号", "浙江省杭州市***"), ("浙江省杭州市", "***"), ("", "***"), (None, None)],
)
def test_mask_keeps_the_beginning_and_nothing_of_what_is_short(text: str | None, expected: str | None) -> None:
    assert CON.execute(f"select {mask_expression('t', 6, 0)} from (select ?::varchar as t)", [text]).fetchone() == (
        expected,
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("请致电13800001234尽快", "请致电[mobile]尽快"),
        ("+86 138-0000-1234", "[mobile]"),
        ("打 0571-88001234 找他", "打 [phone] 找他"),
        ("write to li.si@example.com.cn now", "write to [email] now"),
        ("证件110105199003071234，卡6222 0200 1122 3344 55", "证件[id],卡[card]"),
        ("https://x.zoom.us/s/1?zak=abcDEF&x=1", "https://x.zoom.us/s/1?zak=[secret]&x=1"),
        ("张三说订单20240116001可以", "[name]说订单20240116001可以"),
        ("amount 12600.50 on 2024-01-16", "amount 12600.50 on 2024-01-16"),
    ],
)
def test_free_text_loses_personal_data_and_keeps_the_rest(company: Company, text: str, expected: str) -> None:
    assert _sql(company, redact_expression("t", names=["n"]), text) == expected
