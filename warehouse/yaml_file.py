"""Reading a YAML file into a pydantic model, with errors that name the file, the line and the key."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from warehouse.errors import ContractError

# The C loader reads the contracts in 0.1 s, the Python one in 1.5 s; both are safe.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True)
class YamlProblem:
    """One thing that is wrong in a file: where (a line from 1, a dotted place) and what."""

    line: int | None
    place: str
    message: str

    def __str__(self) -> str:
        where = f"line {self.line}, " if self.line else ""
        return f"{where}{self.place}: {self.message}"


def read_yaml_model(path: Path, model: type[Model]) -> Model:
    """Parse and check one file.

    Raises:
        ContractError: names the file, the place in it and what is wrong there.
    """
    found, problems = try_yaml_model(path, model)
    if found is None:
        raise ContractError(f"{path}: {problems[0]}")
    return found


def try_yaml_model(path: Path, model: type[Model]) -> tuple[Model | None, list[YamlProblem]]:
    """The model, or everything that is wrong with the file.

    Raises:
        ContractError: the file cannot be read at all.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ContractError(f"{path}: cannot be read: {error}") from error
    try:
        content = yaml.load(text, Loader=_LOADER)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        what = getattr(error, "problem", None) or str(error)
        return None, [YamlProblem(mark.line + 1 if mark else None, "the file as a whole", f"not YAML: {what}.")]
    try:
        return model.model_validate(content), []
    except ValidationError as error:
        return None, _describe(error, text)


def _describe(error: ValidationError, text: str) -> list[YamlProblem]:
    problems = []
    found = error.errors()
    for one in found:
        place = one["loc"]
        # A list counts as empty when its only item is wrong; the item has been named.
        is_echo = one["type"] == "too_short" and any(len(o["loc"]) > len(place) for o in found)
        if is_echo:
            continue
        message = f"there is no key {place[-1]} here." if one["type"] == "extra_forbidden" else f"{one['msg']}."
        problems.append(
            YamlProblem(find_line(text, place), ".".join(map(str, place)) or "the file as a whole", message)
        )
    return problems


def find_line(text: str, location: Sequence[str | int]) -> int | None:
    """The line of a place in a YAML text, or of the nearest place above it that is there; None for an empty text."""
    node: Any = yaml.compose(text, Loader=_LOADER)
    if node is None:
        return None
    line = node.start_mark.line + 1
    for step in location:
        if isinstance(node, yaml.MappingNode):
            pair = next(((key, value) for key, value in node.value if key.value == str(step)), None)
            if pair is None:
                break
            line, node = pair[0].start_mark.line + 1, pair[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            node = node.value[step]
            line = node.start_mark.line + 1
    return line
