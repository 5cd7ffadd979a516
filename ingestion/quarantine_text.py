"""What quarantine shows of a row: its delivered text without personal data, and its business key."""

from __future__ import annotations

from ingestion.contract import Contract
from ingestion.files.delivered import Delivered
from ingestion.values.personal import redact_json_expression
from warehouse.sql_text import quote_identifier, quote_literal

#: Stands where a value is that may be personal.
WITHHELD = "(withheld)"
_CONTROLS = " || ".join(f"chr({code})" for code in (*range(1, 32), 127))
_BLANKS = f"repeat(' ', {len(range(1, 32)) + 1})"


def row_text(delivered: Delivered, *, shown: frozenset[str]) -> str:
    """SQL for the delivered row as JSON, for quarantine: only the ``shown`` headers with their values.

    Even those are searched for telephone numbers and the like: a value may stand in the wrong column.
    """
    fields = []
    for position, header in enumerate(delivered.headers):
        value = f"c{position}"
        if header in shown:
            # As escapes in JSON they would hide the borders of what is searched for.
            value = f"translate({value}, {_CONTROLS}, {_BLANKS})"
        else:
            value = f"case when {value} is not null then {quote_literal(WITHHELD)} end"
        fields.append(f"{quote_literal(header)}, {value}")
    # json_object takes names as values, so no header becomes SQL.
    document = f"cast(json_object({', '.join(fields)}) as varchar)"
    return f"cast({redact_json_expression(document)} as json)"


def key_text(contract: Contract) -> str:
    """SQL for the business key of a typed row as text; NULL where a part of it could not be read."""
    parts = [f"cast({quote_identifier(name)} as varchar)" for name in contract.key]
    return " || ' | ' || ".join(parts)
