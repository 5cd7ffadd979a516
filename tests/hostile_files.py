"""Files as companies really deliver them: each with the exact outcome that is promised for it."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import openpyxl

from ingestion.mapping import Mapping

ORDER = Mapping.model_validate(
    {
        "mapping": "order",
        "version": 1,
        "description": "Orders of a shop, headed in Chinese.",
        "file": {"format": "csv"},
        "outputs": [
            {
                "name": "order",
                "entity": "ec.order",
                "columns": {
                    "platform": {"constant": "taobao"},
                    "shop_id": {"constant": "s1"},
                    "order_id": {"from": ["订单编号", "主订单编号"]},
                    "buyer_mobile": {"from": "联系手机"},
                    "total_amount": {"from": "总金额"},
                    "status": {"from": "订单状态"},
                    "created_at": {"from": "订单创建时间", "zone": "Asia/Shanghai"},
                },
            }
        ],
    }
)
HEADER = "订单编号,总金额,订单状态,订单创建时间,联系手机"
FIRST = "1930001,598.00,已付款,2024-05-01 09:00:00,13800001234"
SECOND = "1930002,12.50,已发货,2024-05-01 10:00:00,13900005678"
SOUND = f"{HEADER}\n{FIRST}\n{SECOND}\n"
BOTH = (("1930001", "598.00"), ("1930002", "12.50"))


@dataclass(frozen=True)
class Hostile:
    """One delivery: its bytes, and what must become of it.

    ``rows`` are the order numbers and amounts that load; ``waiting`` the reason codes in quarantine by row number, and
    ``refused`` the reason why nothing loads. ``note`` is a part of what the ledger says beside it.
    """

    what: str
    content: bytes
    rows: tuple[tuple[str, str | None], ...] = ()
    waiting: dict[int, list[str]] = field(default_factory=dict)
    refused: str | None = None
    note: str | None = None
    file_name: str = "orders.csv"
    file: dict[str, Any] = field(default_factory=dict)


def _csv(text: str, encoding: str = "utf-8") -> bytes:
    return text.encode(encoding)


def _one(cell: str, place: int, *, header: str = HEADER) -> bytes:
    """The sound file with one cell of the first row replaced."""
    cells = FIRST.split(",")
    cells[place] = f'"{cell}"' if "," in cell else cell
    return f"{header}\n{','.join(cells)}\n{SECOND}\n".encode()


def _amount(cell: str, read: str | None, *reasons: str) -> Hostile:
    if reasons:
        return Hostile(f"amount {cell}", _one(cell, 1), (("1930002", "12.50"),), {1: list(reasons)})
    return Hostile(f"amount {cell}", _one(cell, 1), (("1930001", read), ("1930002", "12.50")))


def _moment(cell: str, *reasons: str) -> Hostile:
    if reasons:
        return Hostile(f"instant {cell}", _one(cell, 3), (("1930002", "12.50"),), {1: list(reasons)})
    return Hostile(f"instant {cell}", _one(cell, 3), BOTH)


def _zip(*members: tuple[str, str]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in members:
            archive.writestr(name, text)
    return buffer.getvalue()


def _xlsx(*sheets: tuple[str, list[list[Any]]]) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets:
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


_HEADS = HEADER.split(",")
_XLSX_ROWS: list[list[Any]] = [
    _HEADS,
    [1930001, 598, "已付款", datetime(2024, 5, 1, 9), "13800001234"],
    ["1930002", 12.5, "已发货", "2024-05-01 10:00:00", 13900005678],
]
_JSON_ROWS = [dict(zip(_HEADS, line.split(","), strict=True)) for line in (FIRST, SECOND)]
_LINES = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in _JSON_ROWS)

TEXTS = [
    Hostile("UTF-8 with a byte order mark", _csv(SOUND, "utf-8-sig"), BOTH),
    Hostile("GB18030", _csv(SOUND, "gb18030"), BOTH, note="read as gb18030"),
    Hostile("GB18030 with a four-byte character", _csv(SOUND.replace("已付款", "𠮷日付款"), "gb18030"), BOTH),
    Hostile("UTF-16, little end first", _csv("\ufeff" + SOUND, "utf-16-le"), BOTH, note="read as utf-16"),
    Hostile("UTF-16, big end first", _csv("\ufeff" + SOUND, "utf-16-be"), BOTH, note="read as utf-16"),
    Hostile("UTF-16 without a mark", _csv(SOUND, "utf-16-le"), refused="wrong_encoding"),
    Hostile("UTF-16 without a mark, declared", _csv(SOUND, "utf-16-le"), BOTH, file={"encoding": "utf-16"}),
    Hostile(
        "GB18030 where UTF-8 is declared", _csv(SOUND, "gb18030"), refused="wrong_encoding", file={"encoding": "utf-8"}
    ),
    Hostile(
        "latin letters in no known encoding", HEADER.encode() + b"\n\xff\xfe\xfd,1,a,b,c\n", refused="wrong_encoding"
    ),
    Hostile("UTF-8 with a damaged byte", _csv(SOUND).replace("款".encode(), b"\xe6\xff\xbe"), refused="wrong_encoding"),
    Hostile("zero bytes inside", _csv(SOUND.replace("已付款", "已\0付款")), refused="unreadable"),
    Hostile("no bytes at all", b"", refused="empty_file"),
    Hostile("a header and nothing else", _csv(HEADER + "\n"), refused="no_rows"),
    Hostile("nothing but white space", b" \n\n  \n", refused="no_header"),
    Hostile(
        "a title line that ends in another way", _csv(f"五月订单\n{SOUND.replace(chr(10), chr(13) + chr(10))}"), BOTH
    ),
    Hostile("a line of nothing but blanks", _csv(SOUND.replace("\n", "\n , ,,,\n", 1)), BOTH),
    Hostile("lines that end in CR LF", _csv(SOUND.replace("\n", "\r\n")), BOTH),
    Hostile("lines that end in CR alone", _csv(SOUND.replace("\n", "\r")), BOTH),
    Hostile("mixed ends of lines", _csv(SOUND.replace("\n", "\r\n", 1)), BOTH),
    Hostile("no end of the last line", _csv(SOUND.rstrip("\n")), BOTH),
    Hostile("blank lines between", _csv(SOUND.replace("\n", "\n\n")), BOTH),
    *(
        Hostile(f"delimiter {delimiter!r}", _csv(SOUND.replace(",", delimiter)), BOTH, file_name="orders.tsv")
        for delimiter in ("\t", ";", "|", "\x01")
    ),
    Hostile("gzip", gzip.compress(_csv(SOUND)), BOTH, file_name="orders.csv.gz", note="unpacked from gzip"),
    Hostile("gzip that breaks off", gzip.compress(_csv(SOUND * 50))[:-12], refused="cut_archive"),
    Hostile("zip", _zip(("orders.csv", SOUND)), BOTH, file_name="orders.zip", note="unpacked from zip"),
    Hostile("zip that breaks off", _zip(("orders.csv", SOUND))[:-30], refused="cut_archive"),
    Hostile("zip of two files", _zip(("a.csv", SOUND), ("b.csv", SOUND)), refused="not_one_file"),
]

HEADERS = [
    Hostile(
        "columns in another order", _csv("总金额,订单编号,订单创建时间\n598.00,1930001,2024-05-01 09:00:00\n"), BOTH[:1]
    ),
    Hostile(
        "a new column", _csv(f"{HEADER},新列\n{FIRST},x\n"), BOTH[:1], note="unknown columns, named in _extra: 新列"
    ),
    Hostile(
        "an optional column is gone",
        _csv("订单编号,总金额,订单创建时间\n1930001,598,2024-05-01\n"),
        (("1930001", "598.00"),),
        note="not delivered, left empty: buyer_mobile, status",
    ),
    Hostile("the key column is gone", _csv(SOUND.replace("订单编号", "编号")), refused="missing_key_column"),
    Hostile("the key column is there twice", _csv(SOUND.replace("订单状态", "订单编号")), refused="doubled_header"),
    Hostile("another column is there twice", _csv(SOUND.replace("联系手机", "总金额")), refused="doubled_header"),
    Hostile("an unused column is there twice", _csv(f"{HEADER},备,备\n{FIRST},1,2\n"), BOTH[:1]),
    Hostile(
        "blanks around the headers",
        _csv(SOUND.replace("总金额", " 总金额\u3000").replace("联系手机", "联系手机 ")),
        BOTH,
    ),
    Hostile("invisible characters in a header", _csv(SOUND.replace("总金额", "总\u200b金额")), BOTH),
    Hostile(
        "full-width letters in a header", _csv(SOUND.replace("订单编号", "订单编号").replace("总金额", "总金额")), BOTH
    ),
    Hostile(
        "a title above the header",
        _csv(f"2024年5月订单,,,,\n导出人：王芳,,,,\n{SOUND}"),
        BOTH,
        note="header in record 3",
    ),
    Hostile("no header at all", _csv(f"{FIRST}\n{SECOND}\n"), refused="no_header"),
    Hostile("rows above the header", _csv(f"{FIRST}\n{HEADER}\n{SECOND}\n"), refused="rows_above_header"),
    Hostile(
        "a line as full as the header, declared to be above it",
        _csv(f"a,b,c,d,e\n{SOUND}"),
        BOTH,
        file={"header_row": 2},
    ),
    Hostile("a narrow title above the header", _csv(f"2024年5月订单\n\n{SOUND}"), BOTH, note="header in record"),
    Hostile(
        "the header repeated below", _csv(f"{HEADER}\n{FIRST}\n{HEADER}\n{SECOND}\n"), BOTH, {2: ["repeated_header"]}
    ),
    Hostile("a line of totals", _csv(SOUND + "合计,610.50,,,\n"), BOTH, {3: ["summary_row"]}),
    Hostile("a short line of totals", _csv(SOUND + "合计: 2 条\n"), BOTH, {3: ["summary_row"]}),
    Hostile(
        "an order number that begins like a total",
        _csv(SOUND.replace("1930001", "合计单1")),
        (("合计单1", "598.00"), BOTH[1]),
    ),
    Hostile("a header that is SQL", _csv(f'{HEADER},"x""; drop table raw.ec__order; --"\n{FIRST},1\n'), BOTH[:1]),
    Hostile("empty columns at the end", _csv(SOUND.replace("\n", ",,\n")), BOTH),
]

RECORDS = [
    Hostile("a line break inside of quotes", _csv(SOUND.replace("已付款", '"已\n付款"')), BOTH),
    Hostile("quotes inside of quotes", _csv(SOUND.replace("已付款", '"已""付""款"')), BOTH),
    Hostile("a delimiter inside of quotes", _csv(SOUND.replace("已付款", '"买家已付款,等待发货"')), BOTH),
    Hostile("a quote that is never closed", _csv(f'{HEADER}\n"{FIRST}\n{SECOND}\n'), refused="unclosed_quote"),
    Hostile("a row with a cell too many", _csv(f"{HEADER}\n{FIRST},x\n{SECOND}\n"), BOTH[1:], {1: ["wrong_width"]}),
    Hostile("a row with a cell too few", _csv(f"{HEADER}\n1930001,598\n{SECOND}\n"), BOTH[1:], {1: ["wrong_width"]}),
    Hostile("a cell of a hundred thousand characters", _csv(SOUND.replace("已付款", "款" * 100_000)), BOTH),
    Hostile("a key that is missing", _csv(SOUND.replace("1930001", "")), BOTH[1:], {1: ["order_id:missing_key"]}),
    Hostile("an instant that is missing", _one("", 3), BOTH[1:], {1: ["created_at:missing"]}),
    Hostile(
        "two things wrong with a row",
        _csv(f"{HEADER}\n,abc,,,\n{SECOND}\n"),
        BOTH[1:],
        {1: ["order_id:missing_key", "total_amount:not_a_number", "created_at:missing"]},
    ),
    Hostile(
        "a number of 22 digits as order number",
        _one("1930001193000119300011", 0),
        (("1930001193000119300011", "598.00"), BOTH[1]),
    ),
    Hostile("an order number in Excel's text formula", _csv(SOUND.replace("1930001", '="1930001"')), BOTH),
    Hostile("the same, as the vendor quotes it", _csv(SOUND.replace("1930001", '"=""1930001"""')), BOTH),
    Hostile("an order number behind an apostrophe", _one("'1930001", 0), BOTH),
]

VALUES = [
    _amount("１２.６万元", "126000.00"),
    _amount("12.6万元", "126000.00"),
    _amount("￥1,234.50", "1234.50"),
    _amount("598元", "598.00"),
    _amount("２", "2.00"),
    _amount(" 12 ", "12.00"),
    _amount("1,234", "1234.00"),
    _amount("(30)", "-30.00"),
    _amount("1.005", None, "total_amount:not_an_exact_number"),
    _amount("1e3", None, "total_amount:not_an_exact_number"),
    _amount("1,23", None, "total_amount:not_a_number"),
    _amount("12.6.1", None, "total_amount:not_a_number"),
    _amount("面议", None, "total_amount:not_a_number"),
    _amount("99999999999999999", None, "total_amount:too_large"),
    _moment("2024年5月1日 9时5分"),
    _moment("2024/5/1 9:05"),
    _moment("2024-05-01"),
    _moment("20240501"),
    _moment("45307.5"),
    _moment("2024-05-01T09:00:00+08:00"),
    _moment("2024-05-01 09:05:7Z", "created_at:not_an_instant"),
    _moment("2024-05-01 24:00:00", "created_at:not_an_instant"),
    _moment("2024116", "created_at:not_an_instant"),
    _moment("17/01/2024", "created_at:not_an_instant"),
    _moment("2024-02-30", "created_at:not_an_instant"),
    _moment("1714525200", "created_at:not_an_instant"),
    _moment("9999-12-31", "created_at:implausible_date"),
]

BOOKS = [
    Hostile("a workbook", _xlsx(("订单", _XLSX_ROWS)), BOTH, file_name="orders.xlsx", file={"format": "xlsx"}),
    Hostile(
        "a workbook with a title and a total",
        _xlsx(("订单", [["五月订单"], [], *_XLSX_ROWS, ["合计", 610.5]])),
        BOTH,
        {3: ["summary_row"]},
        file_name="orders.xlsx",
        file={"format": "xlsx"},
        note="header in record",
    ),
    Hostile(
        "the second sheet has the orders",
        _xlsx(("说明", [["导出说明"]]), ("订单", _XLSX_ROWS)),
        BOTH,
        file_name="orders.xlsx",
        file={"format": "xlsx"},
        note="sheet 订单",
    ),
    Hostile(
        "a sheet that is not there",
        _xlsx(("订单", _XLSX_ROWS)),
        refused="no_such_sheet",
        file_name="orders.xlsx",
        file={"format": "xlsx", "sheet": "五月"},
    ),
    Hostile(
        "no workbook at all",
        b"PK\x03\x04 and then nothing",
        refused="cut_archive",
        file_name="orders.xlsx",
        file={"format": "xlsx"},
    ),
    Hostile(
        "a text called workbook", _csv(SOUND), refused="unreadable", file_name="orders.xlsx", file={"format": "xlsx"}
    ),
    Hostile(
        "a list of records in JSON",
        json.dumps(_JSON_ROWS, ensure_ascii=False).encode(),
        BOTH,
        file_name="orders.json",
        file={"format": "json"},
    ),
    Hostile("records one a line", _LINES.encode(), BOTH, file_name="orders.jsonl", file={"format": "json"}),
    Hostile(
        "records deep in a document",
        json.dumps({"data": {"list": _JSON_ROWS}}).encode(),
        BOTH,
        file_name="orders.json",
        file={"format": "json", "records": "data.list"},
    ),
    Hostile(
        "a torn line among records",
        (_LINES + '{"订单编号": "19\n').encode(),
        BOTH,
        {3: ["not_json"]},
        file_name="orders.jsonl",
        file={"format": "json"},
    ),
    Hostile(
        "a document that breaks off",
        json.dumps(_JSON_ROWS).encode()[:-5],
        refused="not_json",
        file_name="orders.json",
        file={"format": "json"},
    ),
    Hostile(
        "a document without records",
        b'{"code": 0}',
        refused="no_header",
        file_name="orders.json",
        file={"format": "json"},
    ),
    Hostile(
        "a text called Parquet",
        _csv(SOUND),
        refused="unreadable",
        file_name="orders.parquet",
        file={"format": "parquet"},
    ),
]

_LONG = [_HEADS, [1234567890123456, 1, "x", "2024-05-01", ""], [1234567890123457, 2, "x", "2024-05-01", ""]]
_ODD = {"": 1, "*": 2, ".": 3, "a..b": 4, "a.b": 5, **_JSON_ROWS[0]}
_ODD_BYTES = json.dumps([_ODD]).encode()
_BIG = json.dumps([{**_JSON_ROWS[0], "总金额": 0}, _JSON_ROWS[1]], ensure_ascii=False)
BOOKS += [
    Hostile(
        "order numbers of sixteen digits in a workbook",
        _xlsx(("订单", _LONG)),
        (("1234567890123456", "1.00"), ("1234567890123457", "2.00")),
        file_name="orders.xlsx",
        file={"format": "xlsx"},
    ),
    Hostile(
        "records one a line, whose lines end in two ways",
        _LINES.replace("\n", "\r\n", 1).encode(),
        BOTH,
        file_name="orders.jsonl",
        file={"format": "json"},
    ),
    Hostile("JSON names of stars and dots", _ODD_BYTES, BOTH[:1], file_name="o.json", file={"format": "json"}),
    Hostile(
        "a JSON amount that a double cannot hold",
        _BIG.replace('"总金额": 0', '"总金额": 99999999999999.99').encode(),
        BOTH[1:],
        {1: ["total_amount:not_an_exact_number"]},
        file_name="o.json",
        file={"format": "json"},
    ),
]

ALL = [*TEXTS, *HEADERS, *RECORDS, *VALUES, *BOOKS]
