"""Plans as JSON: what a session stores, and the way back."""

import json
import math
from dataclasses import MISSING, Field, asdict, fields, is_dataclass
from enum import Enum
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from labtui.core.plan import Plan
from labtui.errors import UsageError


class ForeignPlan(ValueError):
    """The text is not a plan that this version of labtui knows how to run."""


def encode_plan(plan: Plan) -> str:
    """Return a plan as compact JSON: records are objects, tuples arrays."""
    return json.dumps(asdict(plan), separators=(",", ":"))


def decode_plan(text: str) -> Plan:
    """Return the plan that `encode_plan` wrote; fields it had not yet get their defaults.

    Raises ForeignPlan for anything else, unknown fields included: what they ask for could not be
    honoured.
    """
    try:
        plan = _value(Plan, json.loads(text), "plan")
    except (ValueError, OverflowError, RecursionError, UsageError) as error:
        raise ForeignPlan(str(error)) from error
    assert isinstance(plan, Plan)  # noqa: S101 (for the type checker)
    return plan


def _value(kind: Any, value: Any, where: str) -> Any:
    """Return a JSON value as the type that is annotated, nothing coerced. Raises ForeignPlan."""
    kind = getattr(kind, "__supertype__", kind)  # a NewType is only a name
    if get_origin(kind) in (Union, UnionType):
        return _optional(kind, value, where)
    if get_origin(kind) is tuple:
        return _tuple(get_args(kind), value, where)
    if is_dataclass(kind):
        return _record(kind, value, where)
    if issubclass(kind, Enum):
        return kind(value)
    return _plain(kind, value, where)


def _optional(kind: Any, value: Any, where: str) -> Any:
    (some,) = (one for one in get_args(kind) if one is not NoneType)
    return None if value is None else _value(some, value, where)


def _tuple(kinds: tuple[Any, ...], value: Any, where: str) -> tuple[Any, ...]:
    if type(value) is not list:
        raise ForeignPlan(f"{where} is not a list")
    if kinds[-1] is Ellipsis:
        kinds = kinds[:1] * len(value)
    if len(kinds) != len(value):
        raise ForeignPlan(f"{where} is not a list of {len(kinds)}")
    return tuple(_value(kind, one, where) for kind, one in zip(kinds, value, strict=True))


def _record(kind: Any, value: Any, where: str) -> Any:
    if type(value) is not dict:
        raise ForeignPlan(f"{where} is not an object")
    known = {field.name: field for field in fields(kind)}
    if unknown := sorted(value.keys() - known.keys()):
        raise ForeignPlan(f"{where} has the unknown field {unknown[0]!r}")
    missing = [name for name, field in known.items() if name not in value and _is_needed(field)]
    if missing:
        raise ForeignPlan(f"{where} has no {missing[0]}")
    kinds = get_type_hints(kind)
    return kind(**{name: _value(kinds[name], one, name) for name, one in value.items()})


def _is_needed(field: Field[Any]) -> bool:
    return field.default is MISSING and field.default_factory is MISSING


def _plain(kind: Any, value: Any, where: str) -> Any:
    allowed = (int, float) if kind is float else (kind,)
    if type(value) not in allowed or (type(value) is float and not math.isfinite(value)):
        raise ForeignPlan(f"{where} is not of type {kind.__name__}")
    return kind(value)
