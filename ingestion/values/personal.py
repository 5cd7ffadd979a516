"""Tokens, masks and redaction: what becomes of personal data before it is written (HMAC-SHA256, RFC 2104)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

from ingestion.values.wide import to_half_width
from warehouse.sql_text import quote_literal

# 128 of the 256 bits: collisions stay out of reach and identifiers stay readable.
TOKEN_HEX_DIGITS = 32
_MASK = "***"
# RE2 has no look-around: what stands before and after a number is taken along and put back, so that every pattern is
# applied twice, for numbers that share a separator.
_BEFORE, _AFTER = r"(^|[^0-9])", r"($|[^0-9])"
_PATTERNS = (
    (r"""(?i)([?&](?:pwd|password|token|zak|tk|code|sign|signature)=)[^&\s"\\]+""", r"\1[secret]"),
    (r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+", "[email]"),
    (rf"{_BEFORE}[1-9]\d{{5}}(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{{3}}[\dXx]{_AFTER}", r"\1[id]\2"),
    # 16 to 19 digits that begin like a card. An order number may look the same; here it is better lost than told.
    (rf"{_BEFORE}[3-6]\d{{3}}(?:[ -]?\d{{4}}){{3}}(?:[ -]?\d{{1,3}})?{_AFTER}", r"\1[card]\2"),
    (rf"{_BEFORE}(?:\+?(?:00)?86[-. ]?)?1[3-9]\d[-. ]?\d{{4}}[-. ]?\d{{4}}{_AFTER}", r"\1[mobile]\2"),
    (rf"{_BEFORE}0\d{{2,3}}[- ]?\d{{7,8}}{_AFTER}", r"\1[phone]\2"),
)


def token_expression(text: str, *, normalise: Literal["mobile", "email"] | None = None) -> str:
    """SQL for the keyed token of a text; NULL stays NULL. The key is set by ``personal_data.use_key``.

    Lower case, half width and trimmed first. ``mobile`` also drops separators and +86. A number that the vendor has
    already starred (135****1234) gets a token too, but one that joins with nothing else.
    """
    # Bytes and characters are as many only where all of them are narrow.
    is_wide = f"strlen({text}) <> length({text}) and regexp_matches({text}, '[！-～　]')"
    plain = f"lower(trim(case when {is_wide} then {to_half_width(text)} else {text} end))"
    if normalise == "mobile":
        digits = f"regexp_replace({plain}, '[ ()-]', '', 'g')"
        plain = f"regexp_replace({digits}, '^(?:\\+|00)?86(1\\d{{10}})$', '\\1')"
    inner = f"unhex(sha256(getvariable('pii_inner') || encode({plain})))"
    return f"left(sha256(getvariable('pii_outer') || {inner}), {TOKEN_HEX_DIGITS})"


def mask_expression(text: str, keep_start: int = 0, keep_end: int = 0) -> str:
    """SQL for the text with only its first and last characters; nothing of a text that is not longer than those."""
    start = f"left({text}, {keep_start})" if keep_start else "''"
    end = f"right({text}, {keep_end})" if keep_end else "''"
    return (
        f"case when {text} is null then null when length({text}) <= {keep_start + keep_end} then '{_MASK}' "
        f"else {start} || '{_MASK}' || {end} end"
    )


def redact_expression(text: str, *, names: Sequence[str]) -> str:
    """SQL for a free text without telephone numbers, e-mail addresses, identity and card numbers and secrets in links.

    ``names`` are SQL expressions of personal values of the same row: where the text repeats one, it goes as well.
    """
    redacted = _replace_patterns(to_half_width(text))
    for name in names:
        narrow = to_half_width(name)
        redacted = f"case when length({name}) >= 2 then replace({redacted}, {narrow}, '[name]') else {redacted} end"
    return redacted


def redact_json_expression(document: str) -> str:
    """SQL for a JSON text redacted as a whole: six patterns instead of six for each of its values.

    Nothing that a pattern takes is a quotation mark or a backslash, so that it stays JSON.
    """
    return _replace_patterns(to_half_width(document, kept="＂＼"))


def _replace_patterns(text: str) -> str:
    for pattern, mark in _PATTERNS:
        for _ in range(2 if _BEFORE in pattern else 1):
            text = f"regexp_replace({text}, {quote_literal(pattern)}, '{mark}', 'g')"
    return text


def redact_text(text: str) -> str:
    """The same for a text in Python: headers, into which a file without a header puts its first person."""
    for pattern, mark in _PATTERNS:
        for _ in range(2 if _BEFORE in pattern else 1):
            text = re.sub(pattern, mark, text, flags=re.ASCII)
    return text
