"""What a person sees while a run goes on: one line per step, on standard error; everything else is in the UI."""

from __future__ import annotations

import logging
import sys

import dagster as dg

STEP_LABELS = {
    "ops__run_context": "opening the run",
    "take_in_crm": "taking in CRM",
    "take_in_oa": "taking in OA",
    "take_in_meetings": "taking in meetings",
    "take_in_ecommerce": "taking in e-commerce",
    "take_in_hr": "taking in people",
    "take_in_finance": "taking in finance",
    "take_in_service": "taking in service",
    "record_deliveries": "recording deliveries",
    "build_to_features": "building staging, core, marts, features",
    "score_completeness": "scoring completeness",
    "score_models": "scoring models",
    "build_after_scoring": "building the marts that read scores",
    "published__current": "publishing the snapshot",
}


class _StepHandler(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        meta = getattr(record, "dagster_meta", {})
        event = meta.get("dagster_event")
        if event is None:
            message = str(meta.get("orig_message", record.getMessage()))
            # That later steps are skipped follows from the step that failed.
            if record.levelno >= logging.WARNING and not message.startswith("Dependencies for step"):
                print(f"  ! {message}", file=sys.stderr)
            return
        step = STEP_LABELS.get(event.step_key or "", event.step_key)
        if event.event_type_value == "STEP_SUCCESS":
            seconds = event.event_specific_data.duration_ms / 1000
            print(f"  {step} ... {seconds:.1f} s", file=sys.stderr)
        elif event.event_type_value == "STEP_FAILURE":
            print(f"  {step} ... failed", file=sys.stderr)


@dg.logger(config_schema={}, description="One line per finished step.")
def progress_logger(init_context: dg.InitLoggerContext) -> logging.Logger:  # noqa: ARG001
    logger = logging.Logger("dealhouse.progress", level=logging.DEBUG)
    logger.addHandler(_StepHandler())
    return logger
