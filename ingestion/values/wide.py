"""Full-width characters, as Chinese input methods write digits and signs, turned into the usual ones."""

from __future__ import annotations

import unicodedata

from warehouse.sql_text import quote_literal

_WIDE = "".join(chr(code) for code in range(0xFF01, 0xFF5F)) + "\u3000\uffe5\u2212\u2013"
_HALF = "".join(unicodedata.normalize("NFKC", char) for char in _WIDE[:-3]) + "¥--"


def to_half_width(text: str, *, kept: str = "") -> str:
    """SQL for the text with full-width letters, digits and signs made half-width, ￥ made ¥, long minus made short.

    The characters of ``kept`` stay wide.
    """
    pairs = [(wide, half) for wide, half in zip(_WIDE, _HALF, strict=True) if wide not in kept]
    wide, half = ("".join(side) for side in zip(*pairs, strict=True))
    return f"translate({text}, {quote_literal(wide)}, {quote_literal(half)})"
