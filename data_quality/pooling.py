"""From cells per field and stage to what is judged: sums per company, entity, field, open and closed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from data_quality.completeness import CompletenessScore
from data_quality.standards import StandardSet

ALL_FIELDS = "all"
HEADLINE_ENTITY = "company"
# check_name of each scope; the prefix is also what a repeated run replaces in dq.check_result.
CHECK_NAMES = {
    "company": "completeness_company",
    "entity": "completeness_entity",
    "field": "completeness_field",
    "open": "completeness_field_open",
    "closed": "completeness_field_closed",
}


@dataclass(frozen=True)
class PooledScore:
    """Weighted cells of one scope; numerator and denominator are kept, the division comes last.

    Over one field the weight cancels out, so there the plain cells stand. ``required`` is never 0.
    """

    scope: str
    entity: str
    field: str
    required: int
    filled: int
    target_bp: int

    @property
    def check_name(self) -> str:
        return CHECK_NAMES[self.scope]

    @property
    def observed_bp(self) -> int:
        """Rounded down, so that ``observed_bp >= target_bp`` holds exactly when the target is reached."""
        return self.filled * 10_000 // self.required

    @property
    def shortfall(self) -> int:
        """Above 0 exactly when the target is missed; an integer, in ten-thousandths of a cell."""
        return self.required * self.target_bp - self.filled * 10_000


def pool_scores(scores: Sequence[CompletenessScore], *, standards: StandardSet) -> tuple[PooledScore, ...]:
    """Every scope that is judged: company, entity, field, and in staged entities open and closed records."""
    pooled: list[PooledScore] = []
    headline = standards.headline
    _add(
        pooled,
        [score for score in scores if score.entity in headline.entities],
        scope="company",
        entity=HEADLINE_ENTITY,
        target_bp=headline.target_bp,
    )
    for standard in standards.entities:
        of_entity = [score for score in scores if score.entity == standard.entity]
        _add(pooled, of_entity, scope="entity", entity=standard.entity, target_bp=standard.target_bp)
        for field in standard.fields:
            of_field = [score for score in of_entity if score.field == field.field]
            scopes = {"field": of_field}
            if standard.stage_field:
                is_open = standards.stages.is_open
                scopes["open"] = [score for score in of_field if is_open(score.stage_code)]
                scopes["closed"] = [score for score in of_field if not is_open(score.stage_code)]
            for scope, members in scopes.items():
                _add(
                    pooled,
                    members,
                    scope=scope,
                    entity=standard.entity,
                    field=field.field,
                    target_bp=standard.target_bp,
                )
    return tuple(pooled)


def _add(
    pooled: list[PooledScore],
    scores: Sequence[CompletenessScore],
    *,
    scope: str,
    entity: str,
    target_bp: int,
    field: str = ALL_FIELDS,
) -> None:
    """Append the pooled score, or nothing where nothing is required: no data is not 0 % and not 100 %."""
    # Weights matter only where fields are mixed.
    weights = [score.weight if field == ALL_FIELDS else 1 for score in scores]
    required = sum(weight * score.required_cells for weight, score in zip(weights, scores, strict=True))
    filled = sum(weight * score.filled_cells for weight, score in zip(weights, scores, strict=True))
    if required:
        pooled.append(PooledScore(scope, entity, field, required, filled, target_bp))
