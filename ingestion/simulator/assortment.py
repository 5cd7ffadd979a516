"""What the company sells and how it works through a deal: the rest of the planted numbers."""

from __future__ import annotations

#: Products: id, name, series, type, list price in fen when the books open, share within its series and type. *Own*.
PRODUCTS = (
    ("P-A1", "智能产线A1", "A", "goods", 26_800_000, 0.50), ("P-A2", "智能产线A2", "A", "goods", 48_600_000, 0.30),
    ("P-A3", "柔性工站A3", "A", "goods", 17_900_000, 0.20), ("P-AS", "A系列运维服务", "A", "service", 6_800_000, 1.0),
    ("P-B1", "检测工作站B1", "B", "goods", 9_600_000, 0.55), ("P-B2", "检测工作站B2", "B", "goods", 15_800_000, 0.45),
    ("P-BS", "B系列标定服务", "B", "service", 3_600_000, 1.0), ("P-C1", "传动模块C1", "C", "goods", 2_400_000, 0.60),
    ("P-C2", "控制模块C2", "C", "goods", 1_250_000, 0.40), ("P-CS", "咨询与培训服务", "C", "service", 1_800_000, 1.0),
)  # fmt: skip
SHOP_PRODUCTS = (
    ("S-01", "传感器D1", 8_900), ("S-02", "控制器D2", 32_900), ("S-03", "备件包D3", 15_800),
    ("S-04", "耗材套装D4", 4_900), ("S-05", "标定工具D5", 69_900), ("S-06", "数据采集盒D6", 119_900),
)  # fmt: skip
#: List prices rise on 1 January by this much; floor and cost as shares of the list price. *Own*.
PRICE_RISE_BP = 200
FLOOR_SHARE = 0.88
STANDARD_COST_SHARE = 0.58
TAX_RATE = {"goods": 13, "service": 6}
#: Instalments: share of the contract, days after signing on which they are billed; due 30 days later. *Own*.
INSTALMENTS = ((30, 8), (60, 55), (10, 150))
DUE_DAYS = 30
#: Invoices paid after their due date, and those not paid at all, by year of the due date (3.1 wants 98 %). *Own*.
LATE_SHARE = 0.22
UNPAID_SHARE = {2022: 0.022, 2023: 0.035, 2024: 0.026, 2025: 0.021}

#: What the plan says of the industry (2.1 to 2.4); not checked by anybody.
BENCHMARKS = (
    ("B01", "lead_conversion_rate", 0.183, "ratio"), ("B02", "sales_cycle_days", 35, "days"),
    ("B03", "avg_order_value", 1_450_000, "yuan"), ("B04", "repurchase_rate", 0.426, "ratio"),
    ("B05", "contract_approval_workdays", 3.8, "days"), ("B06", "rep_attrition_rate", 0.223, "ratio"),
    ("B07", "training_hours", 52, "hours"), ("B08", "ai_assistant_usage", 0.417, "ratio"),
)  # fmt: skip

#: Grades (5.1): share of the valid leads that is A, B, C; the best by what is known of them, with noise. *Own*.
GRADES = {"A": 0.20, "B": 0.45}
#: Key actions of each stage (5.1: three to five) and how often they are done; that of the survey is by year (2.3).
STAGE_ACTIONS = {
    1: (("register_source", 0.99), ("first_screening", 0.93), ("grade_lead", 0.95)),
    2: (("needs_survey", 0.0), ("requirement_confirmed", 1.0), ("decision_map", 0.62)),
    3: (("solution_design", 0.90), ("internal_review", 0.71), ("proposal_submitted", 1.0)),
    4: (("quote_confirmed", 0.97), ("terms_agreed", 0.94), ("contract_submitted", 1.0)),
    5: (("contract_filed", 0.96), ("handover", 0.83), ("invoice_requested", 0.98)),
    6: (("delivery_accepted", 0.92), ("revisit", 0.66), ("satisfaction_survey", 0.58)),
}  # fmt: skip
STAGE_CODES = ("lead_acquisition", "needs_analysis", "proposal", "negotiation", "contract_signed", "after_sales")
#: Working time of an approval that each desk has had when it decides, as a share of the whole. *Own*; 2.3 blames legal
#: and finance.
APPROVAL_DESKS = ((1, "区域总监", 0.15), (2, "法务", 0.58), (3, "财务", 0.90), (4, "销售副总裁", 1.0))
REWORK_SHARE = 0.08
#: Submission of the first proposal after the requirement is confirmed: mean days (3.4 wants 3). *Own*.
PROPOSAL_DAYS = 2.4
#: Tickets: mean number a customer and year beyond the first, what slow ones take. *Own*.
TICKETS_MEAN = 2.0
SLOW_HOURS = 27
SURVEY_SENT, SURVEY_ANSWERED = 0.55, 0.60
#: Skill, course and mail volumes. *Own*.
CAMPAIGNS_A_MONTH = 3
