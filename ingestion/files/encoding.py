"""Finding the encoding of a text file, and a copy in UTF-8 where it is another one."""

from __future__ import annotations

import codecs
import re
from pathlib import Path

from warehouse.errors import DeliveryError

_SAMPLE_BYTES = 1 << 20
_BLOCK = 1 << 20
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]+")


def as_utf8(
    path: Path, scratch: Path, *, name: str, declared: str | None, thorough: bool = False
) -> tuple[Path, str | None]:
    """The file itself where it is UTF-8, else a recoded copy in ``scratch`` with a note.

    DuckDB's core reads no GB18030, and its extension for it fails on four-byte characters; Python's decoder is exact
    (100 MB a CPU second). Only a sample is looked at unless ``thorough``: a wrong guess shows while the file is read.

    Raises:
        DeliveryError: the bytes are no text in the declared or any known encoding.
    """
    encoding = declared or _guess(path, name=name, thorough=thorough)
    if declared and declared != "utf-16":
        with path.open("rb") as file:
            _check_zero_bytes(file.read(_SAMPLE_BYTES), name=name)
    if encoding == "utf-8":
        return path, None
    if encoding == "utf-16":
        encoding = _wide_codec(path)
    scratch.mkdir(parents=True, exist_ok=True)
    target = scratch / "recoded"
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    position = 0
    try:
        with path.open("rb") as source, target.open("wb") as file:
            while block := source.read(_BLOCK):
                file.write(decoder.decode(block).encode("utf-8"))
                position += len(block)
            file.write(decoder.decode(b"", final=True).encode("utf-8"))
    except UnicodeError as error:
        tried = "UTF-8 and GB18030" if declared is None else encoding
        raise wrong_encoding(name, tried, position) from error
    return target, f"read as {encoding}"


def wrong_encoding(name: str, tried: str, position: int) -> DeliveryError:
    """The refusal of a file that is no text in the encoding in which it was to be read."""
    return DeliveryError(
        "wrong_encoding",
        f"{name} is no text in {tried} (near byte {position}). Ask for UTF-8, or name its encoding under "
        "file.encoding in the mapping.",
    )


def _wide_codec(path: Path) -> str:
    """UTF-16 with its mark, or the order of bytes that the zero bytes of delimiters and digits betray."""
    with path.open("rb") as file:
        sample = file.read(_SAMPLE_BYTES)
    if sample.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    return "utf-16-be" if sample[::2].count(0) > sample[1::2].count(0) else "utf-16-le"


def _guess(path: Path, *, name: str, thorough: bool) -> str:
    with path.open("rb") as file:
        sample = file.read(_SAMPLE_BYTES)
        if sample.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return "utf-16"
        _check_zero_bytes(sample, name=name)
        decoder = codecs.getincrementaldecoder("utf-8")("strict")
        try:
            decoder.decode(sample)
            while thorough and (block := file.read(_BLOCK)):
                decoder.decode(block)
        except UnicodeDecodeError as error:
            if _is_damaged_utf8(path, thorough=thorough):
                # As GB18030 it would load, every Chinese character of it a wrong one.
                raise wrong_encoding(name, "UTF-8, although most of it is", error.start) from error
            return "gb18030"
    return "utf-8"


def _is_damaged_utf8(path: Path, *, thorough: bool) -> bool:
    """True where more characters beyond ASCII are sound UTF-8 than not: text in GB18030 has hardly any that are."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    sound = broken = 0
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            text = decoder.decode(block)
            wrong = text.count("\ufffd")
            broken += wrong
            sound += sum(map(len, _BEYOND_ASCII.findall(text))) - wrong
            if not thorough:
                break
    return sound > broken


def _check_zero_bytes(sample: bytes, *, name: str) -> None:
    if b"\0" not in sample:
        return
    odd, even = sample[1::2].count(0), sample[::2].count(0)
    hint = "It looks like UTF-16: set file.encoding: utf-16 in the mapping."
    is_wide = max(odd, even) > len(sample) // 8
    raise DeliveryError(
        "wrong_encoding" if is_wide else "unreadable",
        f"{name} is no plain text such as UTF-8 (it holds zero bytes). "
        + (hint if is_wide else "Ask for the file again, as CSV or in a format the mapping names."),
    )
