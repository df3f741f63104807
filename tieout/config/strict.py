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
        by_source: dict[str, list[tuple[str, str]]] = {}
        for found in error.errors():
            variable = _variable_of(found, variables or {})
            source = f"{variable} in the environment" if variable else where
            detail, place = _located(found, data)
            place = "" if variable else place
            fault = _explain(model, detail, place, top)
            by_source.setdefault(source, []).append((place, fault))
        sources = [
            f"{source}: {join_faults(_in_one(faults))}" for source, faults in by_source.items()
        ]
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
    if detail["type"] == "missing" and isinstance(key, int):
        return f"{place}: expected {key + 1} values, found {len(detail['input'])}"
    if detail["type"] == "missing":
        return f"key {place!r} is missing"
    if key == "[key]" and above[-1] in top_keys:
        return f"unknown key {place!r}: it belongs above the first [table]"
    fault = describe_fault(detail)
    return f"{place}: {fault}" if place else fault


def _place_of(detail: ErrorDetails) -> str:
    return ".".join(str(part) for part in detail["loc"] if part != "[key]")


def _located(detail: ErrorDetails, data: object) -> tuple[ErrorDetails, str]:
    """Return the error, and its place in the words of who wrote the data.

    Which kind of value the library tried ("str", "list[str]") is no place; entries of a list are
    counted from 1, and one entry that was written without its list is not counted at all.
    """
    parts, texts, here = list[int | str](), list[str](), data
    *_, last = detail["loc"] or ("",)
    about_key = detail["type"] in ("missing", "extra_forbidden") or last == "[key]"
    for place, part in enumerate(detail["loc"]):
        is_last = place == len(detail["loc"]) - 1
        if isinstance(part, int):
            parts.append(part)
            if isinstance(here, list | tuple):
                if texts and not (is_last and about_key):
                    texts[-1] += f" ({_ordinal(part + 1)})"
                here = here[part] if part < len(here) else None
        elif isinstance(here, Mapping) and part in here:
            parts.append(part)
            texts.append(part)
            here = here[part]
        elif part == "[key]" or (is_last and about_key):
            parts.append(part)
            texts += [] if part == "[key]" else [part]
    located: ErrorDetails = {**detail, "loc": tuple(parts)}
    return located, ".".join(texts)


def _ordinal(number: int) -> str:
    ending = {1: "st", 2: "nd", 3: "rd"}.get(number % 10 if number % 100 not in (11, 12, 13) else 0)
    return f"{number}{ending or 'th'}"


def _in_one(faults: list[tuple[str, str]]) -> list[str]:
    """Return the faults; those of one value that could have been of several kinds are one."""
    told: dict[tuple[str, str], list[str]] = {}
    for place, fault in faults:
        expected, is_one, found = fault.removeprefix(f"{place}: expected ").rpartition(", found ")
        if not is_one or not fault.startswith(f"{place}: expected "):
            told[(fault, "")] = []
            continue
        kinds = told.setdefault((place, found), [])
        kinds += [] if expected in kinds else [expected]
    return [
        f"{place}: expected {', '.join(kinds[:-1])}{' or ' if kinds[1:] else ''}{kinds[-1]}"
        f", found {found}"
        if kinds
        else place
        for (place, found), kinds in told.items()
    ]


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
