# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What somebody may write who wants a part of a dump, or a search path. Pure; private to this collection."""

from __future__ import annotations

import re

_LONGEST_NAME = 63
_OBJECT = re.compile(r"[A-Z]+(?: [A-Z]+)* \S.*")
_SCHEMA = re.compile(r' *(?:"(?:[^"]|"")+"|[^\W\d][\w$]*) *')


def problem_with_object(value: str) -> str | None:
    """Return why a value is not a kind and a name, such as C(EXTENSION pg_cron); None if it is."""
    if _unprintable(value) or not _OBJECT.fullmatch(value):
        return f"{value!r} is not a kind in capitals and a name, such as EXTENSION pg_cron or FUNCTION public.f()"
    return None


def problem_with_schema(value: str) -> str | None:
    """Return why a value is no name of a schema; None if it is one."""
    if not value.strip() or _unprintable(value) or len(value.encode()) > _LONGEST_NAME:
        return f"{value!r} is not a name of at most {_LONGEST_NAME} bytes"
    return None


def problem_with_table(value: str) -> str | None:
    """Return why a value is no table with or without its schema; None if it is one."""
    parts = value.split(".", 1)
    if any(problem_with_schema(part) for part in parts):
        return f"{value!r} is not a table, or a schema and a table with a period between them"
    return None


def problem_with_search_path(value: str) -> str | None:
    """Return why a value is not C(own) and no list of schemas; None if it is."""
    if not re.fullmatch(rf"{_SCHEMA.pattern}(?:,{_SCHEMA.pattern})*", value):
        return f"{value!r} is neither own nor a list of schemas, such as app, public"
    return None


def _unprintable(value: str) -> bool:
    return not value.isprintable()
