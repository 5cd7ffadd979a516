"""Standards -> scores -> verdicts -> report: how complete the delivered data is, and the evidence for it.

Here: completeness standards (YAML), scoring SQL, judging by Great Expectations, the auditor's HTML page.
Not here: loading, business rules, Dagster. May be imported by `orchestration`; imports only `warehouse`.
"""
