"""Comparing headers: two spellings of the same header are one, whatever the tool that exported it made of it."""

from __future__ import annotations

import re
import unicodedata

_INVISIBLE = re.compile("[\u200b-\u200f\u2060\ufeff]")


def normalise_header(text: str) -> str:
    """NFKC, without zero-width characters, white space collapsed and trimmed, case folded."""
    visible = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text))
    return " ".join(visible.split()).casefold()


def clean_header(text: str) -> str:
    """The header as it is shown: without invisible characters, Excel's wrapping and outer white space."""
    visible = " ".join(_INVISIBLE.sub("", text).split())
    if visible.startswith('="') and visible.endswith('"') and len(visible) > 3:
        visible = visible[2:-1]
    return visible
