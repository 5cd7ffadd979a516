"""The shipped mappings on samples of real vendors' extracts: every row loads, every column is known."""

from __future__ import annotations

from pathlib import Path

import pytest
from intake_company import Company

from ingestion.contract import SOURCE_OF_PREFIX, load_contracts
from ingestion.extract_set import ExtractSet
from ingestion.mapping_files import load_mappings
from ingestion.suggest.file_sample import sample_file
from ingestion.suggest.proposal import find_known_mapping
from ingestion.suggest.vocabulary import Vocabulary

#: File, mapping, and the rows that each output loads; samples hold up to five rows.
SAMPLES = [
    ("airbyte_source_zoom__expected_records_redacted.jsonl", "zoom_meetings", {"meeting": 1, "attendee": 1}),
    (
        "dingtalk__processinstance_get_docs_example.json",
        "dingtalk_approval",
        {"running": 1, "completed": 0, "task": 1, "decision": 1, "other_event": 0, "form_value": 1},
    ),
    ("fivetran_dbt_hubspot__contact_data.csv", "hubspot_contact", {"contact": 5}),
    ("fivetran_dbt_hubspot__deal_data.csv", "hubspot_deal", {"opportunity": 5}),
    ("fivetran_dbt_hubspot__deal_stage_data.csv", "hubspot_deal_stage", {"stage_history": 5}),
    ("fivetran_dbt_hubspot__email_campaign_data.csv", "hubspot_email_campaign", {"campaign": 5}),
    ("fivetran_dbt_hubspot__email_event_data.csv", "hubspot_email_event", {"engagement": 5}),
    ("fivetran_dbt_hubspot__engagement_meeting_data.csv", "hubspot_engagement_meeting", {"activity": 5}),
    ("fivetran_dbt_hubspot__owner_data.csv", "hubspot_owner", {"user": 5}),
    ("fivetran_dbt_mailchimp__campaign.csv", "mailchimp_campaign", {"campaign": 1}),
    ("fivetran_dbt_mailchimp__campaign_recipient_activity.csv", "mailchimp_recipient_activity", {"engagement": 5}),
    ("fivetran_dbt_mailchimp__unsubscribe.csv", "mailchimp_unsubscribe", {"engagement": 1}),
    ("fivetran_dbt_salesforce__sf_account_data.csv", "salesforce_account", {"account": 5}),
    ("fivetran_dbt_salesforce__sf_contact_data.csv", "salesforce_contact", {"contact": 4}),
    ("fivetran_dbt_salesforce__sf_event_data.csv", "salesforce_event", {"about_opportunity": 0, "other": 5}),
    ("fivetran_dbt_salesforce__sf_lead_data.csv", "salesforce_lead", {"lead": 1}),
    ("fivetran_dbt_salesforce__sf_opportunity_data.csv", "salesforce_opportunity", {"open": 0, "closed": 5}),
    ("fivetran_dbt_salesforce__sf_opportunity_history_data.csv", "salesforce_opportunity_history", {"version": 5}),
    ("fivetran_dbt_salesforce__sf_task_data.csv", "salesforce_task", {"about_opportunity": 4, "other": 1}),
    ("fivetran_dbt_salesforce__sf_user_data.csv", "salesforce_user", {"user": 5}),
    ("fivetran_dbt_shopify__shopify_order_data.csv", "shopify_order", {"standing": 5, "cancelled": 0}),
    ("fivetran_dbt_shopify__shopify_order_line_data.csv", "shopify_order_line", {"order_item": 3}),
    # Five payments, none of which is a refund.
    ("fivetran_dbt_shopify__shopify_transaction_data.csv", "shopify_transaction", {"refund": 0}),
    ("tencent_meeting__participants_sample.json", "tencent_meeting_participants", {"meeting": 1, "attendee": 1}),
]


@pytest.fixture(scope="module")
def samples(public_data: Path) -> Path:
    folder = public_data.parent / "extract_samples"
    assert folder.is_dir(), f"{folder} with the sample extracts stands beside the public data, and is not there"
    return folder


@pytest.mark.public
@pytest.mark.parametrize(("file", "mapping", "loaded"), SAMPLES, ids=[sample[1] for sample in SAMPLES])
def test_sample_loads_whole_and_no_column_of_it_is_unknown(
    samples: Path, company: Company, file: str, mapping: str, loaded: dict[str, int]
) -> None:
    mappings, contracts = load_mappings(), load_contracts()
    source = contracts[mappings[mapping].outputs[0].entity].source
    extract_set = ExtractSet.model_validate(
        {
            "extract_set": "samples",
            "description": "One sample.",
            "sources": {source: {"system": "vendor", "business_zone": "UTC", "currency": "USD"}},
            "files": [{"path": file, "mapping": mapping, "source": source}],
        }
    )
    assert source in SOURCE_OF_PREFIX.values()
    company.deliver({file: (samples / file).read_bytes()})
    outcome = company.take_in(mappings=tuple(mappings.values()), extract_set=extract_set)[file]
    assert outcome.status == "loaded", outcome.message
    assert outcome.rows_quarantined == 0
    assert "unknown columns" not in str(outcome.note)
    rows = dict(company.rows("select output, rows_loaded from ops.delivery"))
    assert rows == loaded


@pytest.mark.public
def test_export_without_an_order_is_refused_by_name(samples: Path, company: Company) -> None:
    """The sample of the Taobao export holds its headers alone: in GBK, with blanks behind some of them."""
    file = "taobao__ExportOrderList_header_only.gbk.csv"
    content = (samples / file).read_bytes()
    headers = content.decode("gb18030").strip().split(",")
    values = {
        "订单编号": '"=""1930001"""',
        "总金额": "598.00元",
        "订单状态": "交易成功",
        "订单创建时间": "2016/5/23 22:02",
    }
    filled = ",".join(values.get(header.strip(), "") for header in headers)
    extract_set = ExtractSet.model_validate(
        {
            "extract_set": "shop",
            "description": "A shop.",
            "sources": {"ecommerce": {"system": "tmall", "business_zone": "Asia/Shanghai", "currency": "CNY"}},
            "files": [{"path": "orders.csv", "mapping": "taobao_orders", "source": "ecommerce"}],
        }
    )
    mappings = tuple(load_mappings().values())
    company.deliver({"orders.csv": content})
    outcome = company.take_in(mappings=mappings, extract_set=extract_set)["orders.csv"]
    assert outcome.status == "rejected"
    assert "no rows" in str(outcome.message)
    company.deliver({"orders.csv": content.strip() + b"\n" + filled.encode("gb18030") + b"\n"})
    outcome = company.take_in(mappings=mappings, extract_set=extract_set)["orders.csv"]
    assert (outcome.status, outcome.rows_loaded) == ("loaded", 1), outcome.message
    assert "unknown columns" not in str(outcome.note)
    assert company.rows("select order_id, total_amount::varchar, created_at::varchar from raw.ec__order") == [
        ("1930001", "598.00", "2016-05-23 14:02:00+00")
    ]


@pytest.mark.public
@pytest.mark.parametrize(("file", "mapping"), [sample[:2] for sample in SAMPLES], ids=[s[1] for s in SAMPLES])
def test_sample_is_recognised_as_the_vendor_s(samples: Path, file: str, mapping: str) -> None:
    mappings = load_mappings()
    vocabulary = Vocabulary(load_contracts(), mappings)
    known = find_known_mapping(sample_file(samples / file, vocabulary=vocabulary.headers), mappings)
    assert known is not None
    assert known.mapping == mapping
