"""Replay: every row of quarantine is loaded once, left out by a rule, or still waiting; the counts always agree."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest
import yaml
from intake_company import ACCOUNT, APPROVAL, LOAD_DATE, PRODUCT, Company

from ingestion.contract import load_contracts
from ingestion.extract_set import ExtractSet
from ingestion.ledger import find_lost_rows
from ingestion.mapping import Mapping
from ingestion.own_shape import own_shape_mapping
from ingestion.quarantine import Selection, waive_rows
from ingestion.raw_tables import newest_readings
from ingestion.replay import ReplayOutcome, Workshop, find_replayable, replay_delivery

NOW = datetime(2024, 5, 8, tzinfo=UTC)
CONTRACTS = load_contracts()


def _file_set(path: str, mapping: str, source: str = "crm") -> ExtractSet:
    return ExtractSet.model_validate(
        {
            "extract_set": "one_file",
            "description": "One file.",
            "sources": {source: {"system": f"t_{source}", "business_zone": "Asia/Shanghai", "currency": "CNY"}},
            "files": [{"path": path, "mapping": mapping, "source": source}],
        }
    )


def _take_in(company: Company, path: str, content: str, mapping: Mapping, *, source: str = "crm") -> str:
    company.deliver({path: content})
    outcomes = company.take_in(extract_set=_file_set(path, mapping.mapping, source), mappings=(mapping,))
    return outcomes[path].status


def _replay(company: Company, *mappings: Mapping) -> list[ReplayOutcome]:
    workshop = Workshop({m.mapping: m for m in mappings}, CONTRACTS, company.folder / "landing", NOW)
    chosen = find_replayable(company.con, CONTRACTS, entity=None, batch_id=None)
    outcomes = [replay_delivery(company.con, workshop, delivery_id) for delivery_id in chosen]
    _check_counts(company)
    return outcomes


def _check_counts(company: Company) -> None:
    """Every row read is accounted for, and none is there twice."""
    for file, *counts in company.rows(
        """select file, rows_read, rows_filtered, rows_folded, rows_in, rows_loaded, rows_quarantined, batch_id,
            replace(entity, '.', '__') from ops.delivery where status = 'loaded'"""
    ):
        numbers: list[Any] = list(counts)
        read, filtered, folded, taken, loaded, held, batch, table = numbers
        assert read == filtered + folded + taken, file
        assert taken == loaded + held, file
        assert min(filtered, folded, loaded, held) >= 0, file
        contract = CONTRACTS[str(table).replace("__", ".")]
        newest = f"({newest_readings(contract, f'_batch_id = {batch}')}) where _op = 'U'"
        assert company.rows(f"select count(*) from {newest}") == [(loaded,)], file
        for unique in ("_row_no", ", ".join(contract.key)):
            assert company.rows(f"select {unique} from {newest} group by all having count(*) > 1") == [], file
        held_rows = (
            f"from quarantine.{table} where _batch_id = {batch} group by _row_no, contains(reason_codes[1], ':')"
        )
        assert company.rows(f"select _row_no {held_rows} having count(*) > 1") == [], file
        both = f"""select _row_no from quarantine.{table} where _batch_id = {batch} and status <> 'replayed'
            and contains(reason_codes[1], ':')
            and _row_no in (select _row_no from raw.{table} where _batch_id = {batch})"""
        assert company.rows(both) == [], file
    for (day,) in company.rows("select distinct load_date from ops.delivery"):
        assert isinstance(day, date)
        assert find_lost_rows(company.con, day) == []


def _held(company: Company, table: str) -> list[tuple[object, ...]]:
    return company.rows(
        f"select _batch_id, _row_no, reason_codes[1], status, decision from quarantine.{table} order by all"
    )


def _mapping(outputs: list[dict[str, Any]], *, file_format: str = "csv", **more: Any) -> Mapping:
    return Mapping.model_validate(
        {
            "mapping": "two",
            "version": 1,
            "description": "A test.",
            "file": {"format": file_format},
            "outputs": outputs,
            **more,
        }
    )


def _product(kinds: list[str], **more: Any) -> dict[str, Any]:
    return {
        "name": "product",
        "entity": "ref.product",
        "filter": {"column": "kind", "in": kinds},
        "columns": {
            "product_id": {"from": "id"},
            "product_name": {"from": "name"},
            "list_price": {"from": "price"},
            "currency": {"constant": "CNY"},
        },
        **more,
    }


def _account(kinds: list[str]) -> dict[str, Any]:
    return {
        "name": "account",
        "entity": "crm.account",
        "filter": {"column": "kind", "in": kinds},
        "columns": {"account_id": {"from": "id"}, "account_name": {"from": "name"}},
    }


def _items(kinds: list[str] | None = None) -> dict[str, Any]:
    return {
        "name": "item",
        "entity": "crm.account",
        "each": "items",
        **({} if kinds is None else {"filter": {"column": "kind", "in": kinds}}),
        "columns": {
            "account_id": {"from": "items[].a"},
            "account_name": {"from": "name"},
            "employee_count": {"from": "items[].n"},
        },
    }


def _reading(mapping: Mapping, column: str, values: dict[str, str]) -> Mapping:
    """The mapping with words for the values of a column."""
    said = mapping.model_dump(by_alias=True)
    said["outputs"][0]["columns"][column]["values"] = values
    return Mapping.model_validate(said)


def _staff(values: dict[str, str]) -> Mapping:
    """The account mapping with words for numbers of employees."""
    return _reading(ACCOUNT, "employee_count", values)


# (2) records and elements


def test_torn_line_is_not_taken_for_the_list_element_of_the_same_number(company: Company) -> None:
    mapping = _mapping([_items()], file_format="json")
    lines = (
        '{"name":"n","items":[{"a":"x1"},{"a":"x2"}]}\n'
        '{"name":"n","items":[{"a":"x3"\n'
        '{"name":"n","items":[{"a":"x5"}]}\n'
    )
    assert _take_in(company, "two.json", lines, mapping) == "loaded"
    for _ in range(2):
        (outcome,) = _replay(company, mapping)
        assert (outcome.rows_loaded, outcome.rows_left) == (0, 1)
    assert _held(company, "crm__account") == [(1, 2, "not_json", "open", None)]
    assert company.rows("select account_id from raw.crm__account order by 1") == [("x1",), ("x2",), ("x5",)]


def test_record_of_a_wrong_width_stays_beside_a_bad_element_of_the_same_number(company: Company) -> None:
    mapping = _mapping([_items()])
    content = 'name,items\nn,"[{""a"":""x1"",""n"":""1""},{""a"":""x2"",""n"":""many""}]"\nn\n'
    assert _take_in(company, "two.csv", content, mapping) == "loaded"
    assert [row[1:4] for row in _held(company, "crm__account")] == [
        (2, "employee_count:not_a_whole_number", "open"),
        (2, "wrong_width", "open"),
    ]
    said = mapping.model_dump(by_alias=True)
    said["outputs"][0]["columns"]["employee_count"]["values"] = {"many": "99"}
    (outcome,) = _replay(company, Mapping.model_validate(said))
    assert (outcome.rows_loaded, outcome.rows_left) == (1, 1)
    assert [row[1:4] for row in _held(company, "crm__account")] == [
        (2, "employee_count:not_a_whole_number", "replayed"),
        (2, "wrong_width", "open"),
    ]


# (3) rows that the mended mapping hands to another output


HANDED = "id,name,kind,price\n1,P,p,5\n2,Acme,A,-none-\n3,B,a,\n"


def test_bad_row_goes_to_the_output_that_the_mended_filter_hands_it_to(company: Company) -> None:
    _take_in(company, "two.csv", HANDED, _mapping([_product(["p", "A"]), _account(["a"])]))
    (outcome,) = _replay(company, _mapping([_product(["p"]), _account(["a", "A"])]))
    assert (outcome.rows_loaded, outcome.rows_left) == (1, 0)
    assert company.rows("select account_id from raw.crm__account order by 1") == [("2",), ("3",)]
    assert [row[3] for row in _held(company, "ref__product")] == ["replayed"]


def test_bad_row_goes_back_to_the_first_output_and_is_one_row_of_quarantine(company: Company) -> None:
    first, second = _product(["p", "A"]), _account(["a"])
    _take_in(company, "two.csv", HANDED, _mapping([first, second]))
    named = {**_account(["a", "A"]), "columns": {**second["columns"], "employee_count": {"from": "price"}}}
    (outcome,) = _replay(company, _mapping([_product(["p"]), named]))
    assert (outcome.rows_loaded, outcome.rows_left) == (0, 1)
    assert [row[3] for row in _held(company, "crm__account")] == ["open"]
    (outcome,) = _replay(company, _mapping([first, second]))
    assert (outcome.rows_loaded, outcome.rows_left) == (0, 1)
    assert [row[3] for row in _held(company, "ref__product")] == ["open"]


def test_row_that_no_output_takes_any_more_is_waived_only_by_a_rule(company: Company) -> None:
    _take_in(company, "two.csv", HANDED, _mapping([_product(["p", "A"]), _account(["a"])]))
    narrowed = [_product(["p"]), _account(["a"])]
    (outcome,) = _replay(company, _mapping(narrowed))
    assert (outcome.rows_loaded, outcome.rows_left) == (0, 1)
    rule = {"column": "kind", "equals": "A", "reason": "a test"}
    (outcome,) = _replay(company, _mapping(narrowed, left_out=[rule]))
    assert (outcome.rows_loaded, outcome.rows_left) == (0, 0)
    assert [row[3:] for row in _held(company, "ref__product")] == [("waived", "left out by the mapping as it is now")]
    assert company.rows('select action, "rows" from ops.quarantine_decision') == [("waived", 1)]


def test_element_that_its_filter_drops_stays_open_without_a_rule(company: Company) -> None:
    content = '[{"name":"n","kind":"p","items":[{"a":"x1","n":"1"},{"a":"x2","n":"many"}]}]'
    output = _items()
    _take_in(company, "two.json", content, _mapping([output], file_format="json"))
    dropped = {**output, "filter": {"column": "items[].n", "equals": "1"}}
    (outcome,) = _replay(company, _mapping([dropped], file_format="json"))
    assert (outcome.rows_loaded, outcome.rows_left) == (0, 1)
    (outcome,) = _replay(company, _mapping([dropped], file_format="json", rest_left_out="a test"))
    assert outcome.rows_left == 0
    assert [row[3] for row in _held(company, "crm__account")] == ["waived"]


# (4) records that no output took, with lists


LISTS = (
    '[{"id":"1","name":"n","kind":"p","items":[{"a":"x1"}]},'
    '{"id":"2","name":"n","kind":"q","items":[{"a":"x2"},{"a":"x3","n":"many"}]},'
    '{"id":"3","name":"n","kind":"p","items":[{"a":"x4"}]}]'
)


@pytest.mark.parametrize("lists_first", [False, True])
def test_untaken_record_is_loaded_with_the_elements_of_its_list(company: Company, lists_first: bool) -> None:
    def outputs(kinds: list[str]) -> Mapping:
        both = [_product(kinds), _items(kinds)]
        return _mapping(both[::-1] if lists_first else both, file_format="json")

    assert _take_in(company, "two.json", LISTS, outputs(["p"])) == "loaded"
    (outcome,) = _replay(company, outputs(["p", "q"]))
    assert outcome.rows_left == 1
    assert company.rows("select product_id from raw.ref__product order by 1") == [("1",), ("2",), ("3",)]
    assert company.rows("select account_id, _row_no from raw.crm__account order by 1") == [
        ("x1", 1),
        ("x2", 2),
        ("x4", 4),
    ]
    held = company.rows(
        """select _row_no, reason_codes[1], status from quarantine.crm__account
        union all select _row_no, reason_codes[1], status from quarantine.ref__product order by all"""
    )
    assert held == [(2, "no_output_takes_it", "replayed"), (3, "employee_count:not_a_whole_number", "open")]
    assert [(o.rows_loaded, o.rows_left) for o in _replay(company, outputs(["p", "q"]))] == [(0, 1)]


# (6) folds


LOG = (
    "case,step,amount,at\n"
    "k1,submit,5,2024-05-01 09:00:00\n"
    "k1,done,x,2024-05-02 10:00:00\n"
    "k2,submit,y,2024-05-01 09:00:00\n"
)


def test_waived_row_stays_out_of_a_case_that_is_folded_anew(company: Company) -> None:
    _take_in(company, "approvals.csv", LOG, APPROVAL, source="oa")
    waive_rows(company.con, CONTRACTS, Selection(batch_id=1, rows=(2,)), by="ann", reason="a test", now=NOW)
    for _ in range(2):
        (outcome,) = _replay(company, APPROVAL)
        assert (outcome.rows_loaded, outcome.rows_left) == (0, 1)
        assert [row[1:4:2] for row in _held(company, "oa__approval_instance")] == [(2, "waived"), (3, "open")]
    said = APPROVAL.model_dump(by_alias=True)
    said["outputs"][0]["columns"]["amount"]["values"] = {"x": "7", "y": "8"}
    (outcome,) = _replay(company, Mapping.model_validate(said))
    assert (outcome.rows_loaded, outcome.rows_left) == (1, 0)
    assert company.rows("select instance_id, status_raw from raw.oa__approval_instance order by 1") == [
        ("k1", "submit"),
        ("k2", "submit"),
    ]
    assert company.rows(
        "select rows_read, rows_filtered, rows_folded, rows_loaded, rows_quarantined from ops.delivery"
    ) == [(3, 0, 0, 2, 1)]


CASES = """select _row_no, _load_seq, _op, instance_id, status_raw, amount::varchar, created_at::varchar
    from raw.oa__approval_instance order by _load_seq, _op desc, instance_id"""
#: The first row of k1, which is the first of the file, waits in quarantine.
FIRST_IS_BAD = (
    "case,step,amount,at\n"
    "k1,submit,x,2024-05-01 09:00:00\n"
    "k1,done,5,2024-05-02 10:00:00\n"
    "k2,submit,6,2024-05-01 09:00:00\n"
)
AS_LOADED = [
    (2, 1, "U", "k1", "done", "5.00", "2024-05-02 02:00:00+00"),
    (3, 1, "U", "k2", "submit", "6.00", "2024-05-01 01:00:00+00"),
]
AS_REPLAYED = (2, 2, "U", "k1", "done", "7.00", "2024-05-01 01:00:00+00")
X_IS_7 = {"x": "7"}


def test_replay_adds_a_version_of_the_case_that_it_changes_and_leaves_what_was_loaded(company: Company) -> None:
    _take_in(company, "approvals.csv", FIRST_IS_BAD, APPROVAL, source="oa")
    assert company.rows(CASES) == AS_LOADED
    (outcome,) = _replay(company, _reading(APPROVAL, "amount", X_IS_7))
    assert (outcome.rows_loaded, outcome.rows_left) == (1, 0)
    # The later reading keeps the row number of the earlier one, so that it comes after it in every order of versions.
    assert company.rows(CASES) == [*AS_LOADED, AS_REPLAYED]
    counts = "select rows_read, rows_filtered, rows_folded, rows_in, rows_loaded, rows_quarantined from ops.delivery"
    assert company.rows(counts) == [(3, 0, 1, 2, 2, 0)]


def test_days_that_a_replayed_case_touches_are_those_of_its_newest_reading(company: Company) -> None:
    _take_in(company, "approvals.csv", FIRST_IS_BAD, APPROVAL, source="oa")
    days = "select event_date::varchar, rows from ops.touched_date order by 1"
    assert company.rows(days) == [("2024-05-01", 1), ("2024-05-02", 1)]
    _replay(company, _reading(APPROVAL, "amount", X_IS_7))
    assert company.rows(days) == [("2024-05-01", 2)]


def test_case_that_the_mended_mapping_no_longer_finds_is_marked_as_deleted_until_it_is_back(company: Company) -> None:
    two = FIRST_IS_BAD + "k3,submit,y,2024-05-03 09:00:00\n"
    _take_in(company, "approvals.csv", two, APPROVAL, source="oa")
    # Today's mapping knows k2 by another name: its rows are read again with those of k1.
    renamed = _reading(_reading(APPROVAL, "amount", X_IS_7), "instance_id", {"k2": "K2"})
    _replay(company, renamed)
    assert company.rows(CASES) == [
        *AS_LOADED,
        (3, 2, "U", "K2", "submit", "6.00", "2024-05-01 01:00:00+00"),
        AS_REPLAYED,
        (3, 2, "D", "k2", "submit", "6.00", "2024-05-01 01:00:00+00"),
    ]
    _replay(company, _reading(APPROVAL, "amount", {**X_IS_7, "y": "8"}))
    assert company.rows(CASES)[5:] == [
        (3, 3, "U", "k2", "submit", "6.00", "2024-05-01 01:00:00+00"),
        (4, 3, "U", "k3", "submit", "8.00", "2024-05-03 01:00:00+00"),
        (3, 3, "D", "K2", "submit", "6.00", "2024-05-01 01:00:00+00"),
    ]


def test_later_reading_of_a_case_is_never_older_by_its_own_clock(company: Company) -> None:
    said = APPROVAL.model_dump(by_alias=True)
    said["outputs"][0]["columns"]["updated_at"] = said["outputs"][0]["columns"]["created_at"]
    clocked = Mapping.model_validate(said)
    _take_in(company, "approvals.csv", FIRST_IS_BAD, clocked, source="oa")
    _replay(company, _reading(clocked, "amount", X_IS_7))
    # Folded by its first row, k1 would be as of the first of May and lose against what was loaded of it.
    assert company.rows(
        """select amount::varchar, updated_at::varchar from raw.oa__approval_instance where instance_id = 'k1'
        order by _load_seq"""
    ) == [("5.00", "2024-05-02 02:00:00+00"), ("7.00", "2024-05-02 02:00:00+00")]


# (5), (10) files whose rows have no key of their own


NO_KEY: dict[str, Any] = {
    "mapping": "nokey",
    "version": 1,
    "description": "Rows without a key.",
    "file": {"format": "csv"},
    "outputs": [
        {
            "name": "row",
            "entity": "crm.account",
            "columns": {
                "account_id": {"key": "file_row"},
                "account_name": {"from": "name"},
                "employee_count": {"from": "staff"},
            },
        }
    ],
}
STANDING = """select account_name, employee_count from raw.crm__account
    qualify row_number() over (partition by account_id order by _load_date desc, _batch_id desc, _row_no desc) = 1
        and _op = 'U' order by 1, 2"""


def test_row_of_a_file_that_was_corrected_meanwhile_does_not_come_back(company: Company) -> None:
    mapping = Mapping.model_validate(NO_KEY)
    _take_in(company, "n.csv", "name,staff\nAcme,1\nBeta,many\n", mapping)
    _take_in(company, "n.csv", "name,staff\nAcme,1\nBeta,2\n", mapping)
    assert [row[3:] for row in _held(company, "crm__account")] == [("waived", "replaced by a corrected file")]
    said = mapping.model_dump(by_alias=True)
    said["outputs"][0]["columns"]["employee_count"]["values"] = {"many": "99"}
    assert _replay(company, Mapping.model_validate(said)) == []
    assert company.rows(STANDING) == [("Acme", 1), ("Beta", 2)]


def test_untaken_row_of_a_corrected_file_is_not_loaded_without_a_key(company: Company) -> None:
    def mapping(kinds: list[str]) -> Mapping:
        return _mapping([_product(["p"]), {**_account(kinds), "columns": NO_KEY["outputs"][0]["columns"]}])

    for kind in ("A", "a"):
        content = f"id,name,kind,price,staff\n1,P,p,5,\n2,Acme,{kind},,\n3,Beta,a,,\n"
        assert _take_in(company, "two.csv", content, mapping(["a"])) == "loaded"
    (outcome,) = _replay(company, mapping(["a", "A"]))
    assert (outcome.rows_loaded, outcome.rows_left) == (0, 0)
    assert [row[3:] for row in _held(company, "ref__product")] == [("waived", "replaced by a corrected file")]
    assert company.rows(STANDING) == [("Acme", None), ("Beta", None)]


def test_correction_in_another_delivery_folder_replaces_rows_without_a_key(company: Company) -> None:
    (company.folder / "mappings").mkdir()
    (company.folder / "mappings" / "nokey.yml").write_text(yaml.safe_dump(NO_KEY))
    for delivery, staff in (("d1", "3"), ("d2", "2")):
        company.land(
            "crm.account",
            {"n.csv": f"name,staff\nAcme,1\nBeta,{staff}\n"},
            delivery=delivery,
            manifest={"mapping": "nokey"},
        )
        company.take_in_landed()
    assert company.rows(STANDING) == [("Acme", 1), ("Beta", 2)]
    _check_counts(company)


# (7), (9) files that were refused


HEADER = "product_id,product_name,list_price,currency\n"


def test_file_that_its_manifest_contradicts_is_refused_by_a_replay_too(company: Company) -> None:
    said: dict[str, object] = {"files": [{"name": "part.csv", "rows": 5}]}
    company.land("ref.product", {"part.csv": HEADER + "p1,A,1,CNY\np2,B,2,CNY\n"}, manifest=said)
    assert [o.status for o in company.take_in_landed().values()] == ["rejected"]
    (outcome,) = _replay(company)
    assert outcome.rows_loaded == 0
    assert "its manifest says 5" in str(outcome.message)
    (manifest,) = (company.folder / "landing").rglob("_manifest.json")
    assert json.loads(manifest.read_text())["files"][0]["rows"] == 5
    assert company.rows("select count(*) from raw.ref__product") == [(0,)]
    manifest.write_text("{")
    (outcome,) = _replay(company)
    assert "manifest of" in str(outcome.message)


def _products(price: str, name: str, *, prefix: str = "p") -> str:
    return HEADER + "".join(f"{prefix}{i},{name},{price},CNY\n" for i in range(12)) + f"{prefix}x,{name},1,CNY\n"


def _mended_product() -> Mapping:
    base = own_shape_mapping(CONTRACTS["ref.product"], file_name="p.csv")
    output = base.outputs[0]
    price = output.columns["list_price"].model_copy(update={"values": {"?": ""}})
    columns = {**output.columns, "list_price": price}
    return base.model_copy(update={"outputs": (output.model_copy(update={"columns": columns}),)})


def test_refused_delivery_does_not_win_over_its_own_correction(company: Company) -> None:
    company.land("ref.product", {"p.csv": _products("?", "OLD")}, delivery="d1")
    company.land("ref.product", {"p.csv": _products("3", "NEW")}, delivery="d2")
    assert [o.status for o in company.take_in_landed().values()] == ["rejected", "loaded"]
    (outcome,) = _replay(company, _mended_product())
    assert outcome.rows_loaded == 0
    assert "under a new load date" in str(outcome.message)
    assert company.rows("select distinct product_name from raw.ref__product") == [("NEW",)]


def test_refused_part_of_a_list_loads_beside_its_other_parts(company: Company) -> None:
    company.land("ref.product", {"north.csv": _products("?", "N")}, delivery="north")
    company.land("ref.product", {"south.csv": _products("3", "S", prefix="s")}, delivery="south")
    assert [o.status for o in company.take_in_landed().values()] == ["rejected", "loaded"]
    (outcome,) = _replay(company, _mended_product())
    assert (outcome.rows_loaded, outcome.message) == (13, None)


def test_refused_file_without_keys_does_not_replace_its_correction(company: Company) -> None:
    mapping = Mapping.model_validate(NO_KEY)
    bad = "name,staff\n" + "".join(f"N{i},many\n" for i in range(12)) + "Acme,1\n"
    assert _take_in(company, "n.csv", bad, mapping) == "rejected"
    workshop = Workshop({"nokey": mapping}, CONTRACTS, company.folder / "landing", NOW)
    (refused,) = find_replayable(company.con, CONTRACTS, entity=None, batch_id=None)
    kept = company.con.execute("select * from ops.delivery").fetchall()
    assert _take_in(company, "n.csv", "name,staff\nAcme,1\n", mapping) == "loaded"
    # A day that is taken in again forgets its attempts; a delivery folder would be on record still.
    marks = ", ".join("?" for _ in kept[0])
    company.con.execute(f"insert into ops.delivery values ({marks})", list(kept[0]))
    outcome = replay_delivery(company.con, workshop, refused)
    assert "under a new load date" in str(outcome.message)
    assert company.rows(STANDING) == [("Acme", 1)]


# (15) the same file again


def test_same_file_again_after_another_closes_the_open_rows_of_its_first_coming(company: Company) -> None:
    for staff in ("many", "12", "many"):
        content = f"id,name,phone,staff\na0,Z,,1\na1,Acme,,{staff}\n"
        assert _take_in(company, "accounts.csv", content, ACCOUNT) == "loaded"
    mended = _staff({"many": "99"})
    (outcome,) = _replay(company, mended)
    assert (outcome.rows_loaded, outcome.rows_left) == (1, 0)
    assert [(row[0], *row[3:]) for row in _held(company, "crm__account")] == [
        (1, "waived", "replaced by the same file again"),
        (3, "replayed", None),
    ]
    assert company.rows(
        "select arg_max(employee_count, (_load_date, _batch_id)) from raw.crm__account where account_id = 'a1'"
    ) == [(99,)]
    assert _replay(company, mended) == []
    assert find_lost_rows(company.con, LOAD_DATE) == []


def test_mapping_that_cannot_read_the_file_leaves_its_rows_waiting(company: Company) -> None:
    rows = "kind,id,name,price\np,1,Alpha,dear\np,2,Beta,2.00\n"
    assert _take_in(company, "two.csv", rows, _mapping([_product(["p"])])) == "loaded"
    (outcome,) = _replay(company, _mapping([_product(["p"])], file_format="parquet"))
    assert (outcome.rows_loaded, outcome.rows_left) == (0, 1)
    assert outcome.message == "two.csv is no readable Parquet file. Ask for the file again."
    assert len(_held(company, "ref__product")) == 1


def test_replayed_row_of_an_old_list_is_deleted_where_the_newer_list_has_it_not(company: Company) -> None:
    for day, rows in ((1, "1,A,S,1\n2,B,S,dear\n3,C,S,dear\n"), (2, "1,A,S,1\n3,C,S,4\n")):
        company.deliver({"products.csv": "sku,name,series,price\n" + rows})
        company.take_in(
            load_date=date(2024, 5, day), mappings=(PRODUCT,), extract_set=_file_set("products.csv", "product")
        )
    (outcome,) = _replay(company, _reading(PRODUCT, "list_price", {"dear": "9"}))
    assert (outcome.rows_loaded, outcome.rows_left) == (2, 0)
    newest = """select product_id, list_price, _op from raw.ref__product
        qualify row_number() over (partition by product_id order by _load_date desc, _batch_id desc, _row_no desc) = 1
        order by 1"""
    assert [(key, op) for key, _, op in company.rows(newest)] == [("1", "U"), ("2", "D"), ("3", "U")]


def test_file_that_was_loaded_and_refused_when_it_came_back_is_loaded_again(company: Company) -> None:
    bad = "id,name,phone,staff\na0,Z,,1\na1,Acme,,many\n"
    for content in (bad, "id,name,phone,staff\na0,Z,,2\n"):
        assert _take_in(company, "accounts.csv", content, ACCOUNT) == "loaded"
    # Refused the second time, say because its mapping was being changed.
    company.deliver({"accounts.csv": bad})
    no_header = ACCOUNT.model_copy(update={"file": ACCOUNT.file.model_copy(update={"delimiter": "|"})})
    refused = company.take_in(extract_set=_file_set("accounts.csv", "account"), mappings=(no_header,))
    assert refused["accounts.csv"].status == "rejected"
    (outcome,) = _replay(company, _staff({"many": "99"}))
    assert outcome.rows_left == 0
    assert company.rows(
        """select account_id, arg_max(employee_count, (_load_date, _batch_id)) from raw.crm__account group by 1
        order by 1"""
    ) == [("a0", 1), ("a1", 99)]
    assert company.rows("select distinct status from ops.delivery") == [("loaded",)]
