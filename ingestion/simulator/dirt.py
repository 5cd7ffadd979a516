"""How the world is badly recorded: accounts twice, cells empty; further dirt is in the deliveries. A layer of its own.

Everything here is a function of the world and the dirtiness. At 0 the tables are empty and records are the world.
"""

from __future__ import annotations

from ingestion.simulator import parameters as p
from ingestion.simulator.draws import quoted
from ingestion.simulator.world import World

#: Fields that may be empty, and whether those of companies that have bought may be, too: their industry and owner
#: carry money.
_DROPPABLE = (("industry", False), ("annual_revenue", True), ("employee_count", True), ("phone", True),
              ("owner_user_id", False))  # fmt: skip


def build_dirt(world: World) -> None:
    """Tables ``account_record`` (accounts and their doubles as the CRM holds them) and ``missing`` (record x field)."""
    _build_records(world)
    _build_missing(world)


def _build_records(world: World) -> None:
    rate, merged = world.share(p.DIRT["duplicate_account"]), p.DIRT["merged_share"]
    # A double was typed in anew by somebody who had not searched: other spelling, same credit code.
    world.run(
        f"""create table account_record as
        with base as (
            select account_no, exists (from customer_year as c where c.account_no = account.account_no) as is_customer,
                u('account.double', account_no) < {rate} as has_double,
                u('account.merged', account_no) < {merged} as is_merged, created_at
            from account)
        select account_no, account_no * 2 as rec, format('A{{:011d}}', account_no) as account_id, is_customer,
            false as is_double, false as is_merged, created_at, null::timestamp as merged_at
        from base
        union all
        select account_no, account_no * 2 + 1, format('A{{:011d}}D', account_no), is_customer, true, is_merged,
            created_at + to_days(20 + floor(u('double.when', account_no) * 60)::integer),
            case when is_merged then created_at + to_days(95 + floor(u('double.seen', account_no) * 200)::integer) end
        from base where has_double""",
        # Half of the records that name a doubled company name its double.
        """create table account_alias as
        select account_no, rec, account_id as alias_id, created_at as alias_from from account_record where is_double""",
    )


def _build_missing(world: World) -> None:
    """So many cells of the records known at the opening are empty that the completeness is the planted one, exactly."""
    opening = f"timestamp '{world.plan.opening} 00:00:00'"
    target = 1 - world.share(1 - p.COMPLETENESS)
    fields = ", ".join(f"({quoted(name)}, {n}, {str(any_).lower()})" for n, (name, any_) in enumerate(_DROPPABLE))
    world.run(
        f"""create table missing as
        with live as (
            select *, created_at < {opening} as is_known from account_record
            where not is_merged or merged_at >= {opening}),
        wanted as (
            select (count(*) * {len(p.COMPLETENESS_FIELDS)} - round(count(*) * {len(p.COMPLETENESS_FIELDS)}
                * {target}::decimal(9, 6)))::bigint as cells
            from live where is_known),
        candidates as (
            select rec, field, n, is_customer, is_known, row_number() over (partition by is_known
                order by u('cell.missing', rec * 8 + n) * case when is_customer then 1.6 else 1 end, rec, n) as place,
                count(*) over (partition by is_known) as cells
            from live, (values {fields}) as f(field, n, is_any) where is_any or not is_customer)
        select rec, field, u('cell.filler', rec * 8 + length(field)) < {p.DIRT["placeholder_share"]}
                and field = 'industry' as has_filler
        from candidates where case when is_known then place <= (select cells from wanted)
            else u('cell.missing', rec * 8 + n) * case when is_customer then 1.6 else 1 end
                < (select cells from wanted) / greatest(1, (select max(c.cells) from candidates as c where c.is_known))
            end"""
    )
