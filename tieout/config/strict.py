"""Configuration that refuses what it does not know, and says what was probably meant."""

import tomllib
from collections.abc import Collection, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from tieout.config.faults import describe_fault, join_faults, suggest
from tieout.errors import UsageError

Model = TypeVar("Model", bound=BaseModel)


class StrictModel(BaseModel):
    """Base of every configuration model: frozen, unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def read_toml(path: Path, *, hint: str = "Give the path of a TOML file.") -> dict[str, Any]:
    """Return the tables of a TOML file; `hint` says what to do when it is not there.

    Raises:
        UsageError: the file is not there, or is not TOML (with line and column).
    """
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError as error:
        raise UsageError(f"{path} is not there.", hint=hint) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} is not valid TOML: {error}.") from error


def build_model(
    model: type[Model],
    data: Mapping[str, Any],
    *,
    where: str,
    variables: Mapping[str, str] | None = None,
    top_keys: Collection[str] = (),
) -> Model:
    """Return `model` built from `data`; `where` names the file in the error.

    Args:
        model: what the data has to be.
        data: the decoded tables.
        where: the file, or the part of one, that the data comes from.
        variables: place ("web.port") → the environment's variable that set it instead of the file.
        top_keys: keys that belong to the top of the file, where `data` is a table inside it.

    Raises:
        UsageError: every wrong key at once, each with what was found and what was meant.
    """
    try:
        return model.model_validate(data)
    except ValidationError as error:
        top = {*top_keys, *_keys_of(model)}
        by_source: dict[str, list[str]] = {}
        for detail in error.errors():
            variable = _variable_of(detail, variables or {})
            source = f"{variable} in the environment" if variable else where
            place = "" if variable else _place_of(detail)
            by_source.setdefault(source, []).append(_explain(model, detail, place, top))
        sources = [f"{source}: {join_faults(faults)}" for source, faults in by_source.items()]
        raise UsageError(" ".join(sources)) from error


def _explain(
    model: type[BaseModel], detail: ErrorDetails, place: str, top_keys: Collection[str]
) -> str:
    *above, key = detail["loc"] or ("",)
    if detail["type"] == "extra_forbidden":
        known = _known_keys(model, tuple(above))
        # What stands below a table belongs to it, as people forget: say so rather than guess.
        is_misplaced = (above or key not in _keys_of(model)) and key in top_keys
        is_misplaced = is_misplaced and not get_close_matches(str(key), known, n=1, cutoff=0.8)
        meant = "it belongs above the first [table]" if is_misplaced else suggest(key, known)
        return f"unknown key {place or key!r}: {meant}"
    if detail["type"] == "missing":
        return f"key {place!r} is missing"
    if key == "[key]" and above[-1] in top_keys:
        return f"unknown key {place!r}: it belongs above the first [table]"
    fault = describe_fault(detail)
    return f"{place}: {fault}" if place else fault


def _place_of(detail: ErrorDetails) -> str:
    return ".".join(str(part) for part in detail["loc"] if part != "[key]")


def _variable_of(detail: ErrorDetails, variables: Mapping[str, str]) -> str | None:
    """Return the variable that set what is wrong, also where it names a section that is not."""
    place = _place_of(detail)
    if detail["type"] == "extra_forbidden" and len(detail["loc"]) == 1:
        return next((name for key, name in variables.items() if key.startswith(f"{place}.")), None)
    return variables.get(place)


def _keys_of(model: type[BaseModel]) -> list[str]:
    return [field.alias or name for name, field in model.model_fields.items()]


def _known_keys(model: type[BaseModel], path: tuple[int | str, ...]) -> list[str]:
    """Return the keys that the model has at `path`, following lists, unions and optionals."""
    current: Any = model
    for part in path:
        fields = getattr(current, "model_fields", None)
        if fields is None or part not in fields:
            continue
        current = _inner_model(fields[part].annotation)
    return _keys_of(current) if hasattr(current, "model_fields") else []


def _inner_model(annotation: Any) -> Any:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for argument in get_args(annotation):
        found = _inner_model(argument)
        if found is not None:
            return found
    return None
