"""The completeness standards: which field is required from when; checked on load: no typo moves a score."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from warehouse.errors import ContractError
from warehouse.yaml_file import read_yaml_model

STANDARDS_FOLDER = Path(__file__).parent / "standards"
ALWAYS = "always"
ALL_STAGES = "all"  # stage_code of entities that have no stages
UNKNOWN_STAGE = "unknown"  # stage_code of records whose stage is empty or a placeholder
UNKNOWN_OWNER = "unknown"  # owner_id of records whose owner is empty or a placeholder
_SHARED_FILES = ("stages.yml", "placeholders.yml", "headline.yml")

# YAML reads 0.90 as a binary float; going through its text keeps 0.613 at exactly 6130 basis points.
Share = Annotated[Decimal, BeforeValidator(lambda value: Decimal(str(value))), Field(gt=0, le=1, decimal_places=4)]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]


class _Document(BaseModel):
    """What every file states about itself. ``approved_by: null`` means that nobody has signed it yet."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: int = Field(ge=1)
    owner: Name
    approved_by: str | None
    decided: bool

    @model_validator(mode="after")
    def _decided_needs_a_name(self) -> _Document:
        if self.decided and not self.approved_by:
            raise ValueError("decided is true, but approved_by names nobody")
        return self


class RequiredField(BaseModel):
    """One field and from which stage on it must be filled."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    field: Name
    weight: int = Field(ge=1)
    required_from: Name
    also_required_at: tuple[Name, ...] = ()


class EntityStandard(_Document):
    """What one entity must carry."""

    entity: str = Field(pattern=r"^[a-z][a-z0-9]*\.[a-z][a-z0-9_]*$")
    label_en: str
    label_zh: str
    target: Share
    plan_section: str
    stage_field: Name | None = None
    # Column that says who answers for the record, so that everyone sees what is missing in their own.
    owner_field: Name | None = None
    fields: tuple[RequiredField, ...] = Field(min_length=1)

    @property
    def target_bp(self) -> int:
        return int(self.target * 10_000)

    @property
    def file_name(self) -> str:
        return self.entity.replace(".", "__") + ".yml"

    @property
    def staging_table(self) -> str:
        return "stg_" + self.entity.replace(".", "__")


class Stage(BaseModel):
    """One stage of the way; ``rank`` counts from 1."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    stage_code: Name
    rank: int = Field(ge=1)
    is_open: bool
    label_en: str
    label_zh: str


class Outcome(BaseModel):
    """An end that is off the way: it requires what the stage in ``counts_as`` requires."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    stage_code: Name
    counts_as: Name
    is_open: bool
    label_en: str
    label_zh: str


class StageList(_Document):
    plan_section: str
    stages: tuple[Stage, ...] = Field(min_length=1)
    outcomes: tuple[Outcome, ...] = ()

    @property
    def codes(self) -> tuple[str, ...]:
        """All codes in the order of the way, outcomes last."""
        ranked = sorted(self.stages, key=lambda stage: stage.rank)
        return (*(stage.stage_code for stage in ranked), *(outcome.stage_code for outcome in self.outcomes))

    def get_rank(self, stage_code: str) -> int:
        """How far a record in this stage is known to have come; 0 for a code that is not listed."""
        counts_as = {outcome.stage_code: outcome.counts_as for outcome in self.outcomes}
        ranks = {stage.stage_code: stage.rank for stage in self.stages}
        return ranks.get(counts_as.get(stage_code, stage_code), 0)

    def is_open(self, stage_code: str) -> bool:
        """Unlisted codes count as open: nothing says that such a record is finished."""
        flags = {stage.stage_code: stage.is_open for stage in self.stages}
        flags |= {outcome.stage_code: outcome.is_open for outcome in self.outcomes}
        return flags.get(stage_code, True)

    def get_labels(self, stage_code: str) -> tuple[str, str]:
        """English and Chinese name; the code itself where it is not listed."""
        labels = {stage.stage_code: (stage.label_en, stage.label_zh) for stage in self.stages}
        labels |= {outcome.stage_code: (outcome.label_en, outcome.label_zh) for outcome in self.outcomes}
        return labels.get(stage_code, (stage_code, "未列入阶段表"))


class PlaceholderList(_Document):
    values: tuple[str, ...]
    dates: tuple[date, ...] = ()


class HeadlineStandard(_Document):
    """The company figure, its target and the plan's own baseline."""

    metric_code: Name
    label_en: str
    label_zh: str
    entities: tuple[str, ...] = Field(min_length=1)
    target: Share
    target_plan_section: str
    baseline: Share
    baseline_plan_section: str

    @property
    def target_bp(self) -> int:
        return int(self.target * 10_000)

    @property
    def baseline_bp(self) -> int:
        return int(self.baseline * 10_000)


@dataclass(frozen=True)
class StandardSet:
    """All standards that were in force together; ``fingerprint`` is the sha256 over their files."""

    entities: tuple[EntityStandard, ...]
    stages: StageList
    placeholders: PlaceholderList
    headline: HeadlineStandard
    fingerprint: str

    def get_entity(self, entity: str) -> EntityStandard:
        return next(standard for standard in self.entities if standard.entity == entity)

    def is_required(self, field: RequiredField, stage_code: str) -> bool:
        """Whether a record in this stage must carry the field."""
        if field.required_from == ALWAYS or stage_code in field.also_required_at:
            return True
        return self.stages.get_rank(stage_code) >= self.stages.get_rank(field.required_from)


def load_standards(folder: Path = STANDARDS_FOLDER) -> StandardSet:
    """Read and check every standard of a folder; entities in alphabetical order.

    Raises:
        ContractError: names the file and the key, and what is wrong there.
    """
    stages = read_yaml_model(folder / "stages.yml", StageList)
    _check_stages(folder / "stages.yml", stages)
    entities: list[EntityStandard] = []
    for path in sorted(folder.glob("*.yml")):
        if path.name not in _SHARED_FILES:
            standard = read_yaml_model(path, EntityStandard)
            _check_entity(path, standard, stages)
            entities.append(standard)
    if not entities:
        raise ContractError(f"{folder}: holds no standard of any entity.")
    headline = read_yaml_model(folder / "headline.yml", HeadlineStandard)
    if unknown := sorted(set(headline.entities) - {standard.entity for standard in entities}):
        raise ContractError(f"{folder / 'headline.yml'}: entities: {unknown[0]!r} has no standard there.")
    digest = hashlib.sha256()
    for path in sorted(folder.glob("*.yml")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return StandardSet(
        entities=tuple(sorted(entities, key=lambda standard: standard.entity)),
        stages=stages,
        placeholders=read_yaml_model(folder / "placeholders.yml", PlaceholderList),
        headline=headline,
        fingerprint=digest.hexdigest(),
    )


def _check_stages(path: Path, stages: StageList) -> None:
    codes = stages.codes
    if len(set(codes)) != len(codes) or len({stage.rank for stage in stages.stages}) != len(stages.stages):
        raise ContractError(f"{path}: stages: a stage_code or rank is listed twice.")
    if reserved := {ALWAYS, ALL_STAGES, UNKNOWN_STAGE} & set(codes):
        raise ContractError(f"{path}: stages: {min(reserved)!r} is a reserved word, not a stage_code.")
    for outcome in stages.outcomes:
        if outcome.counts_as not in {stage.stage_code for stage in stages.stages}:
            raise ContractError(f"{path}: outcomes: counts_as {outcome.counts_as!r} is not a stage.")


def _check_entity(path: Path, standard: EntityStandard, stages: StageList) -> None:
    if path.name != standard.file_name:
        raise ContractError(f"{path}: entity: {standard.entity!r} belongs in {standard.file_name}.")
    names = [field.field for field in standard.fields]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ContractError(f"{path}: fields: {twice[0]!r} is listed twice.")
    known = {stage.stage_code for stage in stages.stages} if standard.stage_field else set()
    for field in standard.fields:
        if field.required_from != ALWAYS and field.required_from not in known:
            raise ContractError(
                f"{path}: fields.{field.field}.required_from: {field.required_from!r} is not one of "
                f"{', '.join([ALWAYS, *(code for code in stages.codes if code in known)])}."
            )
        if wrong := sorted(set(field.also_required_at) - (set(stages.codes) if known else set())):
            raise ContractError(
                f"{path}: fields.{field.field}.also_required_at: {wrong[0]!r} is not a stage of this entity."
            )
