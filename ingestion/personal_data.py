"""The key for personal data: where it comes from, how it gets into a session, and that it is the right one."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from datetime import datetime
from pathlib import Path

import duckdb

from warehouse.errors import ConfigError

_BLOCK_BYTES = 64


def read_key(home: Path, environ: dict[str, str] | os._Environ[str]) -> bytes:
    """The key from ``DEALHOUSE_PII_KEY``, or the one that this home folder made for itself at its first run."""
    given = environ.get("DEALHOUSE_PII_KEY")
    if given:
        return given.encode("utf-8")
    path = home / "keys" / "pii.key"
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_hex(32))
    return path.read_text(encoding="ascii").strip().encode("ascii")


def use_key(con: duckdb.DuckDBPyConnection, key: bytes, *, now: datetime) -> None:
    """Make the key usable in this session and refuse one that is not the key of the rows already loaded.

    The key itself never becomes SQL text: the two padded blocks go in as bound values.

    Raises:
        ConfigError: the warehouse was loaded with another key.
    """
    check = hmac.new(key, b"dealhouse key check", hashlib.sha256).hexdigest()
    stored = con.execute("select check_value from ops.pii_key_check").fetchone()
    if stored is None:
        con.execute("insert into ops.pii_key_check values (?, ?)", [check, now])
    elif not hmac.compare_digest(stored[0], check):
        raise ConfigError(
            "DEALHOUSE_PII_KEY is not the key that this warehouse was loaded with: tokens would no longer match. "
            "Set the former key, or load into a new home folder."
        )
    block = (hashlib.sha256(key).digest() if len(key) > _BLOCK_BYTES else key).ljust(_BLOCK_BYTES, b"\0")
    con.execute("set variable pii_inner = ?::blob", [bytes(b ^ 0x36 for b in block)])
    con.execute("set variable pii_outer = ?::blob", [bytes(b ^ 0x5C for b in block)])
