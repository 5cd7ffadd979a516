"""The one rule for "this cell says nothing", as one regular expression that DuckDB runs in one pass."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from functools import lru_cache

# Invisible characters that copying from chat programs and web pages leaves behind.
ZERO_WIDTH = "\u00ad\u200b\u200c\u200d\u2060\ufeff"
# DuckDB has no NFKC, and folding each cell with translate() costs 27 CPU seconds for 6 M cells where this
# expression costs 0.4. So the folding is turned round: each character of a placeholder becomes the class of
# all characters that NFKC and case folding turn into it. Only these blocks hold such characters.
_FOLDED_BLOCKS = ((0x21, 0xD800), (0xF900, 0x10000), (0x1D400, 0x1D800), (0x1F100, 0x1F200))


def is_blank_text(value: str | None, placeholders: Iterable[str]) -> bool:
    """Whether a cell is empty: null, blank or, as a whole, a placeholder. The readable form of the rule."""
    if value is None:
        return True
    text = normalise_text(value)
    return text == "" or text in {normalise_text(placeholder) for placeholder in placeholders}


def normalise_text(value: str) -> str:
    """NFKC, zero-width characters out, case folded, white space at both ends off."""
    text = unicodedata.normalize("NFKC", value)
    return "".join(char for char in text if char not in ZERO_WIDTH).casefold().strip()


def build_blank_pattern(placeholders: Iterable[str]) -> str:
    """The RE2 pattern that fully matches exactly the texts for which ``is_blank_text`` holds."""
    words = sorted({normalise_text(placeholder) for placeholder in placeholders} - {""})
    variants = _find_variants()
    space = "[" + "".join(_escape(char) for char in _find_spaces()) + ZERO_WIDTH + "]*"
    body = "|".join(_build_word(word, variants) for word in words)
    return f"{space}(?:{body})?{space}" if body else space


def _build_word(word: str, variants: dict[str, str]) -> str:
    """At each place any character matches that folds to the next one or several characters of the word."""
    patterns = {len(word): ""}
    for start in range(len(word) - 1, -1, -1):
        branches = []
        for end in range(start + 1, len(word) + 1):
            if forms := variants.get(word[start:end]) or (word[start:end] if end == start + 1 else ""):
                members = "".join(_escape(char) for char in forms)
                branches.append(f"[{members}][{ZERO_WIDTH}]*{patterns[end]}")
        patterns[start] = branches[0] if len(branches) == 1 else f"(?:{'|'.join(branches)})"
    return patterns[0]


@lru_cache(maxsize=1)
def _find_variants() -> dict[str, str]:
    """Folded text -> all single characters that fold to it."""
    found: dict[str, list[str]] = defaultdict(list)
    for block in _FOLDED_BLOCKS:
        for code in range(*block):
            char = chr(code)
            folded = unicodedata.normalize("NFKC", char).casefold()
            if len(folded) <= 4 and (folded != char or code < 0x80):
                found[folded].append(char)
            elif len(folded) == 1:
                found[folded].insert(0, char)
    return {folded: "".join(chars) for folded, chars in found.items()}


@lru_cache(maxsize=1)
def _find_spaces() -> str:
    return "".join(char for char in map(chr, range(0xD800)) if normalise_text(char) == "")


def _escape(char: str) -> str:
    return "\\" + char if re.fullmatch(r"[\[\]\\^\-&~|]", char) else char
