"""The `$filter` forms that clients use on group and resource lists."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from azure_simulator.core.errors import ArmError

_TERM = re.compile(
    r"^(?P<field>tagname|tagvalue|resourcetype|name|location|resourcegroup)\s+eq\s+'(?P<value>(?:[^']|'')*)'$", re.I
)


def predicate(expression: str | None) -> Callable[[dict[str, Any]], bool]:
    """A test for bodies: `tagName eq 'a' and tagValue eq 'b'`, `resourceType eq '…'`, `name eq '…'`; else 400."""
    if not expression:
        return lambda body: True
    wanted: dict[str, str] = {}
    for term in re.split(r"\s+and\s+", expression.strip(), flags=re.I):
        match = _TERM.match(term.strip())
        if match is None:
            raise ArmError(
                400,
                "InvalidFilterInQueryString",
                f"Invalid $filter '{expression}' specified in the query string.",
                gateway=True,
            )
        wanted[match["field"].lower()] = match["value"].replace("''", "'")
    return lambda body: all(_holds(field, value, wanted, body) for field, value in wanted.items())


def _holds(field: str, value: str, wanted: dict[str, str], body: dict[str, Any]) -> bool:
    tags = {name.lower(): text for name, text in (body.get("tags") or {}).items()}
    if field == "tagname":
        return value.lower() in tags
    if field == "tagvalue":
        name = wanted.get("tagname")
        return value == tags.get(name.lower()) if name else value in tags.values()
    if field == "resourcetype":
        return str(body.get("type", "")).lower() == value.lower()
    if field == "resourcegroup":
        return f"/resourcegroups/{value.lower()}/" in str(body.get("id", "")).lower() + "/"
    return str(body.get(field, "")).lower() == value.lower()
