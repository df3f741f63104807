"""Configuration that refuses what it does not know, and says what was probably meant."""

import tomllib
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from tieout.errors import UsageError

Model = TypeVar("Model", bound=BaseModel)


class StrictModel(BaseModel):
    """Base of every configuration model: frozen, unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def read_toml(path: Path) -> dict[str, Any]:
    """Return the tables of a TOML file.

    Raises:
        UsageError: the file is not there, or is not TOML (with line and column).
    """
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError as error:
        raise UsageError(f"{path} is not there.", hint="`tieout init DIR` writes one.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} is not valid TOML: {error}.") from error


def build_model(model: type[Model], data: Mapping[str, Any], *, where: str) -> Model:
    """Return `model` built from `data`; `where` names the file in the error.

    Raises:
        UsageError: every wrong key at once, each with what was found and what was meant.
    """
    try:
        return model.model_validate(data)
    except ValidationError as error:
        lines = [_explain(model, detail) for detail in error.errors()]
        raise UsageError(f"{where}: " + "; ".join(lines) + ".") from error


def _explain(model: type[BaseModel], detail: ErrorDetails) -> str:
    path = ".".join(str(part) for part in detail["loc"])
    if detail["type"] == "extra_forbidden":
        known = _known_keys(model, detail["loc"][:-1])
        near = get_close_matches(str(detail["loc"][-1]), known, n=1)
        meant = f"did you mean {near[0]!r}?" if near else f"known keys: {', '.join(known)}"
        return f"unknown key {path!r}: {meant}"
    if detail["type"] == "missing":
        return f"key {path!r} is missing"
    return f"{path}: {detail['msg']} (found {detail['input']!r})"


def _known_keys(model: type[BaseModel], path: tuple[int | str, ...]) -> list[str]:
    """Return the keys that the model has at `path`, following lists, unions and optionals."""
    current: Any = model
    for part in path:
        fields = getattr(current, "model_fields", None)
        if fields is None or part not in fields:
            continue
        current = _inner_model(fields[part].annotation)
    names = getattr(current, "model_fields", {})
    return [field.alias or name for name, field in names.items()]


def _inner_model(annotation: Any) -> Any:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for argument in get_args(annotation):
        found = _inner_model(argument)
        if found is not None:
            return found
    return None
