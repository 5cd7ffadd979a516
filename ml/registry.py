"""The model folder: one folder per task and version, so that the same data is never trained on twice.

`<models>/<task>/<version>/{metrics.json, card.md, model.skops}`. The version is a hash of what went in (data,
parameters, seed, library versions), so an existing folder *is* the answer of the training that it would
repeat. A model file is loaded only if its sha256 stands in metrics.json and its types are on a fixed list;
whoever may write the folder may replace both, so the folder needs the same protection as the warehouse.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping, Sequence
from importlib.metadata import version as installed_version
from pathlib import Path
from typing import Any

from warehouse.errors import ModelError

METRICS_FILE = "metrics.json"
CARD_FILE = "card.md"
MODEL_FILE = "model.skops"
# What skops does not trust by itself in the estimators that ml/ fits. A type outside this list is refused.
TRUSTED_TYPES = ("sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",)


def compute_version(task: str, *, fingerprint: str, parameters: Mapping[str, Any], libraries: Sequence[str]) -> str:
    """Sixteen hex digits from the data fingerprint, the parameters and the installed versions of `libraries`.

    Reads the versions without importing the libraries.
    """
    inputs = {
        "task": task,
        "fingerprint": fingerprint,
        "parameters": dict(parameters),
        "libraries": {name: installed_version(name) for name in libraries},
    }
    return hashlib.sha256(json.dumps(inputs, sort_keys=True).encode()).hexdigest()[:16]


def read_study(models_dir: Path, task: str, version: str) -> dict[str, Any] | None:
    """The stored result of this version, or None when it has never been computed.

    Raises ModelError when metrics.json is there but is not the file that `save_version` wrote.
    """
    path = models_dir / task / version / METRICS_FILE
    if not path.exists():
        return None
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
        if stored["task"] != task or stored["version"] != version:
            raise ModelError(f"{path} belongs to another model; delete its folder to train again.")
        study: dict[str, Any] = stored["study"]
    except (ValueError, KeyError, TypeError) as error:
        raise ModelError(f"{path} is damaged ({error}); delete its folder to train again.") from error
    return study


def save_version(
    models_dir: Path, task: str, version: str, *, study: Mapping[str, Any], card: str, model: Any = None
) -> None:
    """Write one version: all files or none. An existing version stays as it is.

    `study` is plain JSON data without NaN; `model` an sklearn estimator, or None when a rival serves.
    """
    target = models_dir / task / version
    if target.exists():
        return
    draft = models_dir / task / f".{version}.part"
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    files: dict[str, str] = {}
    if model is not None:
        from skops.io import dumps

        content = dumps(model)
        (draft / MODEL_FILE).write_bytes(content)
        files[MODEL_FILE] = hashlib.sha256(content).hexdigest()
    (draft / CARD_FILE).write_text(card, encoding="utf-8")
    stored = {"task": task, "version": version, "files": files, "study": dict(study)}
    text = json.dumps(stored, indent=1, sort_keys=True, allow_nan=False, ensure_ascii=False)
    (draft / METRICS_FILE).write_text(text + "\n", encoding="utf-8")
    # A reader sees the whole version or none: a broken run leaves only the .part folder.
    draft.rename(target)


def load_model(models_dir: Path, task: str, version: str) -> Any:
    """The fitted estimator of a stored version.

    Raises ModelError when the file is missing, is not the registered one, or holds a type outside
    TRUSTED_TYPES.
    """
    folder = models_dir / task / version
    path = folder / MODEL_FILE
    remedy = f"delete {folder} to train again"
    files = json.loads((folder / METRICS_FILE).read_text(encoding="utf-8")).get("files", {})
    if not path.exists() or MODEL_FILE not in files:
        raise ModelError(f"{path} is missing or not registered; {remedy}.")
    content = path.read_bytes()
    if hashlib.sha256(content).hexdigest() != files[MODEL_FILE]:
        raise ModelError(f"{path} is not the file that was registered (sha256 differs); {remedy}.")

    from skops.io import get_untrusted_types, loads

    # The bytes that were hashed are the bytes that are read: the file cannot change in between.
    unknown = sorted(set(get_untrusted_types(data=content)) - set(TRUSTED_TYPES))
    if unknown:
        raise ModelError(f"{path} holds types that no model of ours uses: {', '.join(unknown)}; {remedy}.")
    return loads(content, trusted=list(TRUSTED_TYPES))
