"""Shares as people read them: one decimal, from integers, and never rounded across the line that decides."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Share:
    """Part of a whole, both kept. ``passed`` is the verdict of the check; None where nothing was judged."""

    part: int
    whole: int
    target_bp: int
    passed: bool | None = None

    @property
    def percent(self) -> str:
        return format_percent(self.part, self.whole, target_bp=self.target_bp)

    @property
    def missing(self) -> int:
        return self.whole - self.part

    @property
    def missing_percent(self) -> str:
        return format_percent(self.missing, self.whole)

    @property
    def reaches_target(self) -> bool:
        return self.part * 10_000 >= self.whole * self.target_bp

    @property
    def shade(self) -> str:
        """Heat of a cell: reached, within ten points below the target, or further away."""
        if self.reaches_target:
            return "good"
        return "near" if self.part * 10_000 >= self.whole * (self.target_bp - 1_000) else "bad"


def format_percent(part: int, whole: int, *, target_bp: int | None = None) -> str:
    """``664, 2089`` -> ``31.8 %``, rounded half up; an em dash where the whole is 0.

    A part that misses the target or the whole is rounded down where rounding up would hide that:
    8,999 of 10,000 shows 89.9 %, not 90.0 %.
    """
    if whole == 0:
        return "—"
    tenths = (part * 2_000 + whole) // (2 * whole)
    hides_missing = part < whole and tenths >= 1_000
    hides_failure = target_bp is not None and part * 10_000 < whole * target_bp and tenths * 10 >= target_bp
    if hides_missing or hides_failure:
        tenths = part * 1_000 // whole
    if part > 0 and tenths == 0:
        return "< 0.1 %"
    return f"{tenths // 10}.{tenths % 10} %"


def format_basis_points(value: int) -> str:
    return format_percent(value, 10_000)


def format_count(value: int | None) -> str:
    """Thousands separated; empty where there is no count."""
    return "" if value is None else f"{value:,}"
