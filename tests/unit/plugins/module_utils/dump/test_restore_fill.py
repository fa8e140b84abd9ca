"""What stops a restore: each cause has the option that leads around it."""

from __future__ import annotations

import pytest

from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import OperationsError
from ansible_collections.codexdominion.azure.plugins.module_utils._dump import _restore_fill

SAID = {
    'could not execute query: ERROR: permission denied to create extension "pg_cron"': "EXTENSION pg_cron",
    'could not execute query: ERROR: extension "pg_cron" is not allow-listed for users': "EXTENSION pg_cron",
    'could not execute query: ERROR: extension "pg_cron" is not available': "EXTENSION pg_cron",
    'could not open extension control file "/usr/share/vector.control": extension "vector"': "EXTENSION vector",
    "could not execute query: ERROR: must be owner of extension pgcrypto": "restore_comments=false",
    "could not execute query: ERROR: must be owner of language plpgsql": "restore_comments=false",
    'COPY failed for table "places": ERROR: function fold(text) does not exist': "restore_search_path=own",
    'could not execute query: ERROR: relation "limits" does not exist': "restore_search_path=own",
    'could not execute query: ERROR: type "mood" does not exist': "restore_search_path=own",
    "could not execute query: ERROR: operator does not exist: hstore -> text": "restore_search_path=own",
    'could not execute query: ERROR: role "alice" does not exist': "ownership=false",
    "could not execute query: ERROR: cannot frobnicate": "restore_exclude",
}


@pytest.mark.parametrize("said", SAID)
def test_the_remedy_names_the_option(said: str) -> None:
    error = _restore_fill.explain(OperationsError(said, code="DatabaseError", remedy=""), search_path=False)
    assert SAID[said] in error.remedy and error.message == said and "{{" not in error.remedy


def test_one_that_was_set_is_not_told_again() -> None:
    error = OperationsError("function f() does not exist", code="DatabaseError", remedy="")
    assert "own" not in _restore_fill.explain(error, search_path=True).remedy


@pytest.mark.parametrize("code", ["Timeout", "ConnectionLost", "DiskFull", "PasswordWrong"])
def test_what_has_another_cause_keeps_its_remedy(code: str) -> None:
    error = OperationsError("it went wrong", code=code, remedy="Wait.")
    assert _restore_fill.explain(error, search_path=False) is error


@pytest.mark.parametrize("size", [1, 7, 64, 10_000])
def test_the_search_path_is_replaced_once_wherever_the_script_is_cut(size: int) -> None:
    line = b"SELECT pg_catalog.set_config('search_path', '', false);\n"
    script = b"SET x = 1;\n" + line + b"COPY t FROM stdin;\n" + line + b"\\.\n" * 50_000
    chunks = (script[start : start + size] for start in range(0, len(script), size))
    found = b"".join(_restore_fill._with_search_path(chunks, b"SELECT 'a\\1b';"))
    assert found == script.replace(line.strip(), b"SELECT 'a\\1b';", 1)


def test_a_script_without_one_goes_on_as_it_is() -> None:
    for script in ([b"a", b"b"], [b"x" * 70_000, b"y"], []):
        assert b"".join(_restore_fill._with_search_path(script, b"z")) == b"".join(script)
