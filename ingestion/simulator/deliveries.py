"""Cutting the world into deliveries: one opening delivery of the history, then a delivery a day of what is new."""

from __future__ import annotations

from datetime import date, timedelta

from ingestion.simulator import parameters as p
from ingestion.simulator.delivery_files import Letter, discard_delivery, repeat_delivery, sha256_of, write_delivery
from ingestion.simulator.delivery_text import WRONG_AMOUNTS, text_rows
from ingestion.simulator.draws import draw
from ingestion.simulator.entities import VENDOR_ONLY, Entity, entities
from ingestion.simulator.plan import Delivery
from ingestion.simulator.vendor_shapes import VENDOR_SHAPES, VendorShape
from ingestion.simulator.world import World

#: Full lists that come every day, changed or not; the others only when they have changed.
_DAILY_LISTS = ("crm.user", "ref.product")
#: Weekday on which vendors' full lists come.
_LIST_WEEKDAY = 7
#: What may come three days late without anything else waiting for it.
_MAY_BE_LATE = ("crm.activity", "mk.engagement", "ec.web_visit", "svc.ticket", "mtg.link", "crm.change_log")
#: Late and corrected files belong to days up to this one of a month, so that no month's end lacks any.
_LAST_LATE_DAY = 27


def write_deliveries(world: World) -> list[Delivery]:
    """All deliveries of the plan, in the order in which they are written."""
    plan = world.plan
    vendors = plan.vendor_shapes and plan.file_format == "csv"
    written: list[Delivery] = []
    for entity in entities(plan.entities):
        if not (vendors and entity.name in VENDOR_ONLY):
            written += _write_entity(world, entity, vendors=vendors)
    if vendors:
        for shape in VENDOR_SHAPES:
            if plan.entities is None or set(shape.covers) <= set(plan.entities):
                written += _write_vendor(world, shape)
    return written


def _timestamp(day: date) -> str:
    return f"timestamp '{day} 00:00:00'"


def _write_entity(world: World, entity: Entity, *, vendors: bool) -> list[Delivery]:
    plan = world.plan
    letter = Letter(entity.contract.source, entity.name, entity.system, entity.contract.mode)
    kind = plan.file_format
    file = "part-0001.parquet" if kind == "parquet" else "part-0001.csv"
    rows = entity.at(_timestamp(plan.opening), vendors=vendors)
    query, bad = text_rows(world, entity, rows, is_opening=True)
    opening = write_delivery(
        world, letter, query, load_date=plan.opening, delivery="opening", file=file, kind=kind, quarantined=bad
    )
    written = [opening] if opening else []
    last = opening
    for day in plan.days:
        after = day + timedelta(days=1)
        rows = entity.at(_timestamp(after), vendors=vendors)
        if entity.is_snapshot:
            query, _ = text_rows(world, entity, rows, is_opening=False)
            last = _write_list(world, letter, query, last, load_date=after, file=file, keep=entity.name in _DAILY_LISTS)
            written += [last] if last and last.load_date == after else []
            continue
        rows = f"select * from ({rows}) where _known >= {_timestamp(day)}"
        written += _write_day(world, entity, letter, rows, day=day, file=file)
    return written


def _write_list(
    world: World, letter: Letter, query: str, last: Delivery | None, *, load_date: date, file: str, keep: bool
) -> Delivery | None:
    """The full list of a day. One that has not changed is sent only where the cadence says so, and is a duplicate."""
    written = write_delivery(
        world, letter, query, load_date=load_date, delivery="full", file=file, kind=world.plan.file_format
    )
    if written is None or last is None or sha256_of(written.folder / file) != sha256_of(last.folder / file):
        return written
    if keep:
        return Delivery(
            written.source, written.name, load_date, written.folder, written.rows, written.bytes, 0, "duplicate"
        )
    discard_delivery(written)
    return last


def _write_day(world: World, entity: Entity, letter: Letter, rows: str, *, day: date, file: str) -> list[Delivery]:
    plan = world.plan
    after = day + timedelta(days=1)
    in_time = day.day <= _LAST_LATE_DAY

    def falls(kind: str) -> bool:
        return in_time and draw(plan.seed, f"{kind}:{entity.name}:{day}") < world.share(p.DIRT[kind])

    def write(load_date: date, delivery: str, *, is_wrong: bool = False) -> Delivery | None:
        query, _ = text_rows(world, entity, rows, is_opening=False, is_wrong=is_wrong)
        return write_delivery(
            world, letter, query, load_date=load_date, delivery=delivery, file=file, kind=plan.file_format
        )

    if entity.name in _MAY_BE_LATE and falls("late"):
        late = after + timedelta(days=2)
        return [d for d in [write(late, f"late-{day}")] if d] if late <= plan.end + timedelta(days=1) else []
    is_wrong = entity.name in WRONG_AMOUNTS and falls("corrected")
    written = [write(after, f"day-{day}", is_wrong=is_wrong)]
    next_day = after + timedelta(days=1)
    if next_day <= plan.end + timedelta(days=1) and written[0]:
        if is_wrong:
            written.append(write(next_day, f"correction-{day}"))
        elif falls("redelivered"):
            written.append(repeat_delivery(world, letter, written[0], load_date=next_day, delivery=f"again-{day}"))
    return [delivery for delivery in written if delivery]


def _write_vendor(world: World, shape: VendorShape) -> list[Delivery]:
    plan = world.plan
    letter = Letter(shape.source, shape.mapping, shape.system, "vendor", is_mapping=True)
    written: list[Delivery] = []
    spans = [(plan.opening, "opening", None), *((d + timedelta(days=1), f"day-{d}", d) for d in plan.days)]
    last: Delivery | None = None
    for load_date, delivery, day in spans:
        if day and shape.is_snapshot and day.isoweekday() != _LIST_WEEKDAY:
            continue
        rows = shape.query.replace("@cut", _timestamp(load_date))
        if day and not shape.is_snapshot:
            rows = f"select * from ({rows}) where _known >= {_timestamp(day)}"
        query = f"select * exclude (_known) from ({rows}) order by {shape.order}"
        if shape.mapping == "zoom_meetings":
            query = f"select * exclude (k) from ({query}) order by k"
        one = write_delivery(
            world, letter, query, load_date=load_date, delivery=delivery, file=shape.file, kind=shape.kind
        )
        if (
            one
            and last
            and shape.is_snapshot
            and sha256_of(one.folder / shape.file) == sha256_of(last.folder / shape.file)
        ):
            discard_delivery(one)
            one = None
        last = one or last
        written += [one] if one else []
    return written
