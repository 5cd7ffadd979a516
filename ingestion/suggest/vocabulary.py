"""Which contract column a header may mean: exact words first, then words of known vendors, then likeness."""

from __future__ import annotations

import re
from dataclasses import dataclass

from rapidfuzz import fuzz

from ingestion.contract import Contract
from ingestion.headers import normalise_header
from ingestion.mapping import Mapping

#: Below this likeness two headers have nothing to do with each other.
_LEAST_LIKENESS = 0.78
_EXACT, _ALIAS, _VENDOR, _SAME_SENSE, _CONTAINED, _SAME_THING = 1.0, 0.97, 0.93, 0.9, 0.8, 0.7
# Words that say the same in a header: what a thing is called, when it was, how it is identified.
_SENSES = (
    ("id", ("编号", "编码", "代码", "单号", "标识", "号", "number", "no", "code", "key", "uuid")),
    ("time", ("日期", "时间", "时刻", "日", "date", "datetime", "timestamp", "at", "on", "day")),
    ("name", ("名称", "全称", "简称", "姓名", "名", "title")),
    ("amount", ("金额", "总额", "额", "sum", "value", "total")),
    ("created", ("创建", "新建", "建立", "登记", "create", "creation")),
    ("updated", ("更新", "修改", "变更", "最后更新", "update", "modified", "last modified", "changed")),
    ("owner", ("负责人", "所有人", "销售", "销售员", "业务员", "responsible", "rep", "sales rep", "owner user")),
)
_BRACKETS = re.compile(r"[(（\[【].*?[)）\]】]")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


@dataclass(frozen=True)
class NameMatch:
    """How well a header fits a column by its words, 0 to 1, and why."""

    score: float
    why: str


class Vocabulary:
    """The words under which the columns of every contract are known."""

    def __init__(self, contracts: dict[str, Contract], mappings: dict[str, Mapping]) -> None:
        self._vendor: dict[tuple[str, str], dict[str, str]] = {}
        for mapping in mappings.values():
            for output in mapping.outputs:
                for name, source in output.columns.items():
                    words = self._vendor.setdefault((output.entity, name), {})
                    words.update((plain_words(header), mapping.mapping) for header in source.headers)
        self._contracts = contracts

    @property
    def headers(self) -> frozenset[str]:
        """All words, by which the header line of a file is found."""
        own = {header for c in self._contracts.values() for column in c.columns for header in column.headers}
        return frozenset(own | {word for words in self._vendor.values() for word in words})

    def match(self, header: str, contract: Contract, name: str) -> NameMatch | None:
        """How a header fits one column; None where it does not."""
        column, words = contract.column(name), plain_words(header)
        if not words:
            return None
        for place, known in enumerate(column.headers):
            if normalise_header(header) == normalise_header(known) or words == plain_words(known):
                return NameMatch(_EXACT if place < 3 else _ALIAS, f"header is {known}")
        vendor = self._vendor.get((contract.entity, name), {})
        if words in vendor:
            return NameMatch(_VENDOR, f"so headed in {vendor[words]}")
        senses = [to_sense(known) for known in column.headers]
        sense = to_sense(header)
        if sense in senses:
            return NameMatch(_SAME_SENSE, f"means {column.headers[senses.index(sense)]}")
        thing = _thing(sense)
        if name.endswith("_id") and name not in contract.key and thing and thing in {_thing(known) for known in senses}:
            return NameMatch(_SAME_THING, f"names what {column.headers[0]} identifies")
        return _likeness(sense, senses)


def plain_words(header: str) -> str:
    """A header without brackets, units, prefixes of nested names and letter case: ``CreatedDate`` is created date."""
    last = header.rstrip(". ").rsplit(".", 1)[-1]
    bare = _BRACKETS.sub("", last) or last
    return " ".join(re.split(r"[\s_\-/:：.]+", normalise_header(_CAMEL.sub(" ", bare)))).strip()


def to_sense(header: str) -> str:
    """The words of a header with each that has a fellow replaced by one for all: 创建日期 and 创建时间 are the same."""
    words = plain_words(header)
    for sense, fellows in _SENSES:
        for fellow in sorted(fellows, key=len, reverse=True):
            if not fellow.isascii():
                # Chinese words stand at the end of a header, or at its beginning for what was done.
                if words.endswith(fellow):
                    words = f"{words.removesuffix(fellow)} {sense}"
                elif words.startswith(fellow) and sense in ("created", "updated"):
                    words = f"{sense} {words.removeprefix(fellow)}"
            else:
                words = re.sub(rf"\b{fellow}\b", sense, words)
    return " ".join(words.split())


def _thing(sense: str) -> str:
    """What an identifier or a name stands for: the customer of ``客户 id`` and ``客户 name``."""
    return re.sub(r" (id|name)$", "", sense)


def _likeness(words: str, known: list[str]) -> NameMatch | None:
    best: tuple[float, str] = (0.0, "")
    for candidate in known:
        # Two characters of Chinese say something, two letters do not.
        least = 2 if not candidate.isascii() else 4
        if len(candidate) >= least and len(words) >= least and (candidate in words or words in candidate):
            covered = min(len(candidate), len(words)) / max(len(candidate), len(words))
            best = max(best, (_CONTAINED * (0.5 + covered / 2), candidate))
        ratio = fuzz.token_sort_ratio(words, candidate) / 100
        if ratio >= _LEAST_LIKENESS:
            best = max(best, (0.9 * ratio, candidate))
    return NameMatch(best[0], f"like {best[1]}") if best[0] else None
