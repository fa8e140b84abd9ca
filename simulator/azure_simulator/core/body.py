"""Declarative checks of request bodies: types, allowed values, and no field the provider does not know.

A schema is built from the kinds below. Problems are answered as Azure answers them: 400 `InvalidRequestContent`
with the path of the offending member.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from azure_simulator.core.errors import ArmError


class Kind:
    """A type of JSON value."""

    def check(self, value: Any, path: str) -> None:
        """Raise ArmError 400 unless `value` fits; `path` is where it stands."""
        raise NotImplementedError


@dataclass(frozen=True)
class String(Kind):
    """Text; with `values`, one of them (without case)."""

    values: tuple[str, ...] = ()

    def check(self, value: Any, path: str) -> None:
        if not isinstance(value, str):
            raise _conversion(value, "String", path)
        if self.values and value.lower() not in {allowed.lower() for allowed in self.values}:
            allowed = ", ".join(self.values)
            raise _invalid(f"Error converting value '{value}'. Allowed values are: {allowed}. Path '{path}'")


@dataclass(frozen=True)
class Integer(Kind):
    """A whole number; with bounds, inside them."""

    minimum: int | None = None
    maximum: int | None = None

    def check(self, value: Any, path: str) -> None:
        if not isinstance(value, int) or isinstance(value, bool):
            raise _conversion(value, "Int32", path)
        _bounds(value, self.minimum, self.maximum, path)


@dataclass(frozen=True)
class Number(Kind):
    """Any number; with bounds, inside them."""

    minimum: float | None = None
    maximum: float | None = None

    def check(self, value: Any, path: str) -> None:
        if not isinstance(value, int | float) or isinstance(value, bool):
            raise _conversion(value, "Double", path)
        _bounds(value, self.minimum, self.maximum, path)


@dataclass(frozen=True)
class Boolean(Kind):
    def check(self, value: Any, path: str) -> None:
        if not isinstance(value, bool):
            raise _conversion(value, "Boolean", path)


@dataclass(frozen=True)
class Anything(Kind):
    """A read-only member a client may send back, or one whose content does not matter; not looked at."""

    def check(self, value: Any, path: str) -> None:
        return


@dataclass(frozen=True)
class Array(Kind):
    of: Kind

    def check(self, value: Any, path: str) -> None:
        if not isinstance(value, list):
            raise _conversion(value, "Array", path)
        for index, item in enumerate(value):
            self.of.check(item, f"{path}[{index}]")


@dataclass(frozen=True)
class MapOf(Kind):
    """An object with free names."""

    of: Kind

    def check(self, value: Any, path: str) -> None:
        if not isinstance(value, dict):
            raise _conversion(value, "Object", path)
        for name, item in value.items():
            self.of.check(item, _join(path, name))


@dataclass(frozen=True)
class Object(Kind):
    """An object with known members. `null` counts as left out, as everywhere in Azure's bodies."""

    members: Mapping[str, Kind]
    required: tuple[str, ...] = ()
    name: str = field(default="ResourceDefinition")

    def check(self, value: Any, path: str = "") -> None:
        if not isinstance(value, dict):
            raise _conversion(value, "Object", path)
        for name, item in value.items():
            kind = self.members.get(name)
            if kind is None:
                raise _invalid(
                    f"Could not find member '{name}' on object of type '{self.name}'. Path '{_join(path, name)}'"
                )
            if item is not None:
                kind.check(item, _join(path, name))
        for name in self.required:
            if value.get(name) is None:
                raise _invalid(f"Required property '{name}' not found in JSON. Path '{path}'")


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _invalid(message: str) -> ArmError:
    text = f"The request content was invalid and could not be deserialized: '{message}.'."
    return ArmError(400, "InvalidRequestContent", text)


def _conversion(value: Any, wanted: str, path: str) -> ArmError:
    return _invalid(f"Error converting value {value!r} to type '{wanted}'. Path '{path}'")


def _bounds(value: float, minimum: float | None, maximum: float | None, path: str) -> None:
    if (minimum is not None and value < minimum) or (maximum is not None and value > maximum):
        limits = f"{'' if minimum is None else minimum} to {'' if maximum is None else maximum}"
        raise _invalid(f"The value {value} is out of range ({limits}). Path '{path}'")
