"""Holds the rules of the dbt project that its text shows: layers, clocks, tags, descriptions, reference data.

No dbt run: model SQL, YAML and seeds are read as text, so this takes a second and needs no warehouse.
"""

import csv
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

PROJECT = Path(__file__).parents[2] / "dbt_project"
MODELS = PROJECT / "models"
BI_FOLDERS = ("funnel", "customers", "regions", "incentives", "service_levels", "performance", "governance")

CLOCKS = re.compile(
    r"\b(current_date|current_time|current_timestamp|localtimestamp|transaction_timestamp|run_started_at"
    r"|get_current_timestamp|now\s*\(|today\s*\(|random\s*\(|modules\.datetime)",
    re.IGNORECASE,
)
# Exact figures: in DuckDB `/` and avg() turn DECIMAL and integers into DOUBLE.
INEXACT = re.compile(r"\bavg\s*\(|(?<![/*])/(?![/*])|::\s*double|\bas double\)|\bas float\)", re.IGNORECASE)
INEXACT_BY_DESIGN = {
    "customer_churn_risk": "a probability estimated by a model",
    "meeting_effect": "two proportions and the interval of their difference, an estimate",
    "int_funnel_survival": "a Kaplan-Meier estimate, a product taken over logarithms",
    "feat_customer_snapshot": "median_gap_days is a model input, not a published figure",
}
UNITS = {"fen", "ratio", "unbounded_ratio", "multiple", "days", "workdays", "hours", "count"}
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def strip_comments(sql: str) -> str:
    """SQL without `--` and `{# #}` comments, so that prose may name what code must not."""
    return re.sub(r"--[^\n]*", "", re.sub(r"\{#.*?#\}", "", sql, flags=re.DOTALL))


@cache
def read_models() -> dict[str, tuple[Path, str]]:
    """Model name -> (path below models/, SQL without comments)."""
    return {
        path.stem: (path.relative_to(MODELS), strip_comments(path.read_text(encoding="utf-8")))
        for path in sorted(MODELS.rglob("*.sql"))
    }


@cache
def read_yaml() -> dict[str, list[dict[str, Any]]]:
    """Model name -> its entries in the YAML files (one is right)."""
    entries: dict[str, list[dict[str, Any]]] = {}
    for path in sorted(MODELS.rglob("*.yml")):
        for model in yaml.safe_load(path.read_text(encoding="utf-8")).get("models", []):
            entries.setdefault(model["name"], []).append(model)
    return entries


def read_seed(name: str) -> list[dict[str, str]]:
    with (PROJECT / "seeds" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def find_refs(sql: str) -> set[str]:
    return set(re.findall(r"ref\(\s*'(\w+)'\s*\)", sql))


def find_sources(sql: str) -> set[str]:
    return set(re.findall(r"source\(\s*'(\w+)'", sql))


def repeats_name(column: str, description: str) -> bool:
    """True if the English half has no word that the column's own name does not have."""
    words = set(re.findall(r"[a-z0-9]+", description.partition(" | ")[0].lower()))
    return words <= set(column.lower().split("_")) | {"a", "an", "the", "of", "this"}


def name_layer(path: Path) -> str:
    """Layer of a model by its folder: staging, intermediate, core, bi or features."""
    if path.parts[0] != "marts":
        return path.parts[0]
    return "core" if path.parts[1] == "core" else "bi"


MODEL_NAMES = sorted(read_models())
MART_NAMES = [name for name in MODEL_NAMES if read_models()[name][0].parts[0] in ("marts", "features")]


@pytest.mark.parametrize("path", sorted(PROJECT.rglob("*.sql")), ids=lambda path: path.stem)
def test_nothing_reads_a_clock(path: Path) -> None:
    """The same landing files and the same as_of give the same rows on any day."""
    found = CLOCKS.search(strip_comments(path.read_text(encoding="utf-8")))
    assert found is None, f"{path.name} reads {found and found.group()}; use ops.run_context or data_through"


@pytest.mark.parametrize("name", MODEL_NAMES)
def test_arrows_between_layers(name: str) -> None:
    """Staging reads sources; intermediate and core read staging; what BI queries reads neither."""
    path, sql = read_models()[name]
    layer = name_layer(path)
    allowed_refs = {
        "staging": set(),
        "intermediate": {"staging", "intermediate", "core"},
        "core": {"staging", "intermediate", "core"},
        "bi": {"intermediate", "core"},
        "features": {"intermediate", "core", "features"},
    }[layer]
    # The KPI models restate marts as rows of one table; nothing else may build on a mart that BI queries.
    if path.parts[:2] == ("intermediate", "performance"):
        allowed_refs = allowed_refs | {"bi"}
    allowed_sources = {"staging": {"raw", "ops"}, "intermediate": {"dq", "predictions"}}.get(layer, set())

    models = read_models()
    reached = {name_layer(models[ref][0]) for ref in find_refs(sql) if ref in models}
    assert reached <= allowed_refs, f"{path}: a {layer} model may not read {reached - allowed_refs}"
    assert find_sources(sql) <= allowed_sources, f"{path}: sources are read in staging only"


def test_every_ref_exists() -> None:
    seeds = {path.stem for path in (PROJECT / "seeds").glob("*.csv")}
    for name, (_, sql) in read_models().items():
        assert find_refs(sql) <= seeds | set(MODEL_NAMES), name


def test_after_scoring_tags_exactly_what_needs_scores() -> None:
    """A model without the tag is built before dq and predictions are written, so it may not depend on them."""
    needs_scores = {name for name, (_, sql) in read_models().items() if find_sources(sql) & {"dq", "predictions"}}
    while True:
        downstream = {name for name, (_, sql) in read_models().items() if find_refs(sql) & needs_scores}
        if downstream <= needs_scores:
            break
        needs_scores |= downstream
    tagged = {name for name, (_, sql) in read_models().items() if "tags=['after_scoring']" in sql}
    assert tagged == needs_scores


@pytest.mark.parametrize("name", MODEL_NAMES)
def test_every_model_states_its_grain(name: str) -> None:
    """In the header comment for who reads the SQL, in the description for who reads the docs."""
    entries = read_yaml().get(name, [])
    assert len(entries) == 1, f"{name} needs one YAML entry, has {len(entries)}"
    assert entries[0]["description"].startswith("One row per ")
    header = (MODELS / read_models()[name][0]).read_text(encoding="utf-8")
    assert header.startswith("-- Grain: one row")


@pytest.mark.parametrize("name", MART_NAMES)
def test_every_mart_column_is_typed_and_described_in_both_languages(name: str) -> None:
    columns = read_yaml()[name][0]["columns"]
    for column in columns:
        english, _, chinese = column["description"].partition(" | ")
        assert column["data_type"], f"{name}.{column['name']}"
        assert english.endswith("."), f"{name}.{column['name']}: no English sentence"
        assert CHINESE.search(chinese), f"{name}.{column['name']}: no Chinese text"
        assert not CHINESE.search(english), f"{name}.{column['name']}: Chinese before the bar"


@pytest.mark.parametrize("name", MART_NAMES)
def test_no_description_repeats_the_name_of_its_column(name: str) -> None:
    for column in read_yaml()[name][0]["columns"]:
        assert not repeats_name(column["name"], column["description"]), f"{name}.{column['name']} says nothing"


@pytest.mark.parametrize(
    ("column", "description", "repeats"),
    [
        ("region_id", "The region id. | 区域编号。", True),
        ("is_active", "Is active. | 是否启用。", True),
        ("closed_on", "Closed on | 关闭日期", True),
        ("region_id", "Region of the owner. | 负责人所属区域。", False),
        ("closed_on", "Day it was won or lost. | 赢单或丢单日期。", False),
    ],
)
def test_a_repeated_name_is_told_from_a_description(column: str, description: str, repeats: bool) -> None:
    assert repeats_name(column, description) == repeats


@pytest.mark.parametrize("name", MART_NAMES)
def test_every_mart_has_a_primary_key_test(name: str) -> None:
    tests = [test for test in read_yaml()[name][0]["data_tests"] if "unique_combination" in test]
    assert len(tests) == 1
    described = {column["name"] for column in read_yaml()[name][0]["columns"]}
    assert set(tests[0]["unique_combination"]["arguments"]["columns"]) <= described


@pytest.mark.parametrize("name", MODEL_NAMES)
def test_figures_stay_exact(name: str) -> None:
    """Money and ratios go through the macros of money.sql; only the models named above hold a DOUBLE."""
    found = INEXACT.search(re.sub(r"'[^']*'", "''", read_models()[name][1]))
    assert (found is not None) == (name in INEXACT_BY_DESIGN), f"{name} uses {found and found.group()!r}"


def test_raw_sources_name_their_assets() -> None:
    """The loader's asset and the dbt source are one node in the lineage only if the keys agree."""
    for path in (MODELS / "sources.yml", MODELS / "staging" / "_raw_sources.yml"):
        for source in yaml.safe_load(path.read_text(encoding="utf-8"))["sources"]:
            for table in source["tables"]:
                key = table["config"]["meta"]["dagster"]["asset_key"]
                assert key == [source["schema"], table["name"]]


def test_exposures_say_who_reads_what() -> None:
    """Each names an owner and says what for; no part of the house is built for nobody."""
    exposures = [
        exposure
        for path in sorted(MODELS.rglob("*.yml"))
        for exposure in yaml.safe_load(path.read_text(encoding="utf-8")).get("exposures", [])
    ]
    read: set[str] = set()
    for exposure in exposures:
        assert exposure["description"].strip(), exposure["name"]
        assert exposure["owner"]["name"], exposure["name"]
        read |= {re.findall(r"'(\w+)'", ref)[0] for ref in exposure["depends_on"]}
    folders = {path.parts[1] for name, (path, _) in read_models().items() if name in read and path.parts[0] == "marts"}
    assert folders >= {path.parts[1] for path, _ in read_models().values() if path.parts[0] == "marts"}
    assert read >= {name for name, (path, _) in read_models().items() if path.parts[0] == "features"}


def test_catalogue_lists_exactly_the_metrics_that_are_computed() -> None:
    computed = {
        code
        for name, (_, sql) in read_models().items()
        if name.startswith("int_kpi_")
        for code in re.findall(r"'(\w+)' as metric_code", sql)
    }
    catalogue = [row["metric_code"] for row in read_seed("metric_catalogue")]
    assert sorted(catalogue) == sorted(computed)


def test_catalogue_rows_are_named_in_both_languages_and_have_an_origin() -> None:
    for row in read_seed("metric_catalogue"):
        assert CHINESE.search(row["name_zh"]), row["metric_code"]
        assert row["name_en"], row["metric_code"]
        assert row["formula"], row["metric_code"]
        assert row["unit"] in UNITS, row["metric_code"]
        assert row["origin"] in {"plan", "added"}, row["metric_code"]
        if row["origin"] == "plan":
            assert row["catalogue_no"], f"{row['metric_code']}: a metric of the plan has its catalogue number"


#: Parts of the plan's catalogue of which every metric is published or says why it cannot be: how many each has.
WHOLE_PARTS = {"C": 27, "D": 10, "E": 26}


@pytest.mark.parametrize(
    "number", [f"{part}{place}" for part, size in WHOLE_PARTS.items() for place in range(1, size + 1)]
)
def test_every_metric_of_the_plan_is_published_or_says_what_is_missing(number: str) -> None:
    """Once at most in the list of those without a source, and then nowhere else."""
    listed = [row["catalogue_no"] for row in read_seed("metric_without_source")].count(number)
    published = number in {row["catalogue_no"] for row in read_seed("metric_catalogue")}
    assert (listed, published) in {(0, True), (1, False)}


def test_metrics_without_a_source_are_named_and_explained_in_both_languages() -> None:
    published = {row["metric_code"] for row in read_seed("metric_catalogue")}
    for row in read_seed("metric_without_source"):
        assert row["metric_code"] not in published
        assert all(row.values()), row["metric_code"]
        assert row["unit"] in UNITS, row["metric_code"]
        assert CHINESE.search(row["name_zh"]), row["metric_code"]
        assert CHINESE.search(row["missing_zh"]), row["metric_code"]
        assert row["missing_en"].endswith("."), row["metric_code"]


def test_targets_belong_to_a_metric_and_say_how_they_are_met() -> None:
    catalogue = {row["metric_code"] for row in read_seed("metric_catalogue")}
    keys = []
    for row in read_seed("target"):
        assert row["metric_code"] in catalogue
        assert row["comparator"] in {"at_least", "at_most"}
        assert row["inclusive"] in {"true", "false"}
        assert row["decided"] in {"true", "false"}
        assert row["plan_section"]
        keys.append((row["metric_code"], row["scope_type"], row["scope_id"], row["valid_from"]))
    assert len(keys) == len(set(keys))


def test_meeting_mode_rules_have_one_order_and_a_reason_each() -> None:
    rules = read_seed("meeting_mode_rule")
    priorities = [int(row["priority"]) for row in rules]
    assert priorities == sorted(set(priorities))
    assert {row["mode"] for row in rules} <= {"remote", "in_person", "hybrid", "telephone", "unclassified"}
    assert all(row["reason"] and row["pattern"] for row in rules)
