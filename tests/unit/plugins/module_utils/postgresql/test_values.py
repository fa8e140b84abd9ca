"""Values of server parameters: what is the same, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.codexdominion.azure.plugins.module_utils._postgresql import _values

BOOLEAN = {"dataType": "Boolean", "allowedValues": "on,off"}
INTEGER = {"dataType": "Integer", "allowedValues": "-1-2147483647"}
NUMERIC = {"dataType": "Numeric", "allowedValues": "0-1.79769e+308"}
ENUMERATION = {"dataType": "Enumeration", "allowedValues": "none,ddl,mod,all"}
SET = {"dataType": "Set", "allowedValues": "pg_trgm,uuid-ossp,vector"}
STRING = {"dataType": "String", "allowedValues": r"[A-Za-z\._]+"}


@pytest.mark.parametrize(
    ("value", "stored"),
    [(True, "on"), (False, "off"), (500, "500"), (0.5, "0.5"), ("UTC", "UTC"), (["a", "b"], "a,b"), ([], "")],
)
def test_a_value_is_stored_as_text(value: Any, stored: str) -> None:
    assert _values.text(value) == stored


@pytest.mark.parametrize(
    ("parameter", "first", "second"),
    [
        (BOOLEAN, "on", "ON"),
        (BOOLEAN, "on", "true"),
        (BOOLEAN, "off", "0"),
        (INTEGER, "100", " 100"),
        (NUMERIC, "0.5", "0.50"),
        (ENUMERATION, "ddl", "DDL"),
        (SET, "pg_trgm,uuid-ossp", "UUID-OSSP, PG_TRGM"),
        (SET, "", ""),
    ],
)
def test_what_is_the_same(parameter: dict[str, Any], first: str, second: str) -> None:
    assert _values.same(parameter, first, second)


@pytest.mark.parametrize(
    ("parameter", "first", "second"),
    [
        (BOOLEAN, "on", "off"),
        (INTEGER, "1", "10"),
        (ENUMERATION, "ddl", "mod"),
        (SET, "pg_trgm", "pg_trgm,vector"),
        (STRING, "UTC", "utc"),
        (STRING, "1", "1.0"),
    ],
)
def test_what_differs(parameter: dict[str, Any], first: str, second: str) -> None:
    assert not _values.same(parameter, first, second)


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        (BOOLEAN, "true"),
        (INTEGER, "-1"),
        (INTEGER, "2147483647"),
        (NUMERIC, "1.5"),
        (ENUMERATION, "ALL"),
        (SET, "VECTOR,pg_trgm"),
        (SET, ""),
        (STRING, "anything at all: Azure judges it"),
        ({}, "of a parameter nothing is known about"),
    ],
)
def test_what_is_allowed(parameter: dict[str, Any], value: str) -> None:
    assert _values.problem("x", parameter, value) is None


@pytest.mark.parametrize(
    ("parameter", "value", "words"),
    [
        (BOOLEAN, "perhaps", "'perhaps' is none of on, off"),
        (INTEGER, "-2", "not a number from -1 to 2147483647"),
        (INTEGER, "64MB", "not a number from -1"),
        (ENUMERATION, "most", "'most' is none of"),
        (SET, "vector,postgis", "'postgis' is none of"),
        ({**INTEGER, "isReadOnly": True}, "1", "nobody change"),
    ],
)
def test_what_is_refused(parameter: dict[str, Any], value: str, words: str) -> None:
    problem = _values.problem("x", parameter, value)
    assert problem and problem.startswith("configurations.x: ") and words in problem
