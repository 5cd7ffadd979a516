"""The cells of a delivery as people and tools write them: dressed amounts, older versions, rows that cannot be read."""

from __future__ import annotations

from ingestion.simulator import parameters as p
from ingestion.simulator.entities import Entity
from ingestion.simulator.world import World

#: Amounts that are written in dress now and then; a warehouse reads them all alike.
_DRESSED = {"crm.opportunity": "amount", "crm.contract": "amount", "crm.payment": "amount", "crm.quote": "net_amount",
            "ec.order": "total_amount"}  # fmt: skip
#: Entities whose opening delivery also holds versions that were overtaken.
_SUPERSEDED = ("crm.lead", "crm.opportunity", "crm.contact", "crm.contract", "ec.order", "svc.ticket")
#: The cell that makes an otherwise good row unreadable.
_UNREADABLE = {"crm.lead": ("created_at", "不详日"), "crm.opportunity": ("amount", "面议"),
               "crm.contract": ("amount", "abc"), "ec.order": ("created_at", "昨天"),
               "ec.order_item": ("quantity", "许多"),
               "mtg.meeting": ("started_at", "下午三点"), "oa.approval_instance": ("created_at", "待补日")}  # fmt: skip
#: Amounts that a first, wrong delivery has ten times too high.
WRONG_AMOUNTS = {
    "crm.payment": "amount",
    "crm.contract": "amount",
    "ec.order": "total_amount",
    "crm.quote": "net_amount",
}


def text_rows(world: World, entity: Entity, rows: str, *, is_opening: bool, is_wrong: bool = False) -> tuple[str, int]:
    """The query of a delivery's file from the query of its rows, and how many of its rows cannot be read."""
    names = _columns(world, rows)
    order = [name for column in entity.contract.columns if (name := column.name) in names]
    # A number sorts faster than the texts of a key.
    kept = [*order, "_sort"] if "_sort" in names else order
    keys = "_sort" if "_sort" in names else ", ".join(entity.contract.key)
    query = f"select {', '.join(kept)} from ({rows})"
    as_text = world.plan.file_format == "csv" and world.plan.dirtiness > 0
    if is_wrong and entity.name in WRONG_AMOUNTS:
        amount = WRONG_AMOUNTS[entity.name]
        query = f"select * replace (({amount} * 10)::decimal(18, 2) as {amount}) from ({query})"
    if is_opening and entity.name in _SUPERSEDED and world.plan.dirtiness > 0:
        older = (
            f"select * replace (updated_at - interval 1 day as updated_at) from ({query}) "
            f"where {_chance(', '.join(entity.contract.key))} < {world.share(p.DIRT['superseded'])}"
        )
        query = f"select * from ({query}) union all select * from ({older})"
        keys += ", updated_at"
    if as_text and entity.name in _DRESSED:
        amount = _DRESSED[entity.name]
        wide, dressed = world.share(p.DIRT["wide_digits"]), world.share(p.DIRT["dressed_amount"])
        chance = _chance(f"{entity.contract.key[0]}, 'dress'")
        query = f"""select * replace (case when {chance} < {wide} then translate({amount}::varchar, '0123456789.',
                '０１２３４５６７８９．') when {chance} < {wide + dressed} and {amount} % 100 = 0
                then rtrim(rtrim(({amount} / 10000)::decimal(18, 4)::varchar, '0'), '.') || '万元'
                when {chance} < {wide + dressed} then '￥' || format('{{:,}}', floor({amount})::bigint)
                    || right({amount}::varchar, 3)
                else {amount}::varchar end as {amount}) from ({query})"""
    bad = round(p.UNREADABLE.get(entity.name, 0) * world.plan.dirtiness) if is_opening else 0
    if bad:
        query = _with_unreadable(entity, query, kept, keys, bad=bad, as_text=as_text)
    return f"select {', '.join(order)} from ({query}) order by {keys} nulls last", bad


def _columns(world: World, query: str) -> list[str]:
    return [str(row[0]) for row in world.rows(f"describe {query}")]


def _chance(keys: str) -> str:
    return f"(hash(concat_ws('|', {keys})) % 1000000) / 1000000"


def _with_unreadable(entity: Entity, query: str, names: list[str], keys: str, *, bad: int, as_text: bool) -> str:
    """The first rows once more: one with a cell that says nothing, the others without a key."""
    column, word = _UNREADABLE[entity.name]
    key = [name for name in entity.contract.key if not entity.contract.column(name).empty_key][-1]
    first = f"select * from ({query}) order by {keys} limit {bad}"
    numbered = f"select *, row_number() over (order by {keys}) as _n from ({first})"
    cells = ", ".join(
        f"case when _n = 1 then '{word}' else {name}::varchar end as {name}" if name == column and as_text
        else f"case when _n = 1 and {str(as_text).lower()} then 'BAD-{key}' end as {name}" if name == key
        else "9000000000000000000 + _n as _sort" if name == "_sort" else name
        for name in names
    )  # fmt: skip
    whole = f"select * replace ({column}::varchar as {column}) from ({query})" if as_text else query
    return f"select * from ({whole}) union all by name select {cells} from ({numbered})"
