"""What may be named of a dump."""

from __future__ import annotations

import pytest

from ansible_collections.codexdominion.azure.plugins.module_utils._dump import _restore_part


@pytest.mark.parametrize("value", ["own", "app", "app, public", '"$user", public', '"a, ""b",c', "Grün"])
def test_search_paths(value: str) -> None:
    assert _restore_part.problem_with_search_path(value) is None


@pytest.mark.parametrize("value", ["", " ", "a b", "a,", ",a", "'a'", "a; DROP", '"a', "1a", "a\0"])
def test_no_search_paths(value: str) -> None:
    assert _restore_part.problem_with_search_path(value)


@pytest.mark.parametrize("value", ["EXTENSION pg_cron", "ACL - LANGUAGE plpgsql", "FUNCTION public.f(a integer)"])
def test_objects(value: str) -> None:
    assert _restore_part.problem_with_object(value) is None


@pytest.mark.parametrize("value", ["", "pg_cron", "extension pg_cron", "EXTENSION", "EXTENSION ", "EXTENSION a\nb"])
def test_no_objects(value: str) -> None:
    assert _restore_part.problem_with_object(value)


@pytest.mark.parametrize("value", ["", ".", "a.", ".a", "a\nb", "x" * 64])
def test_no_tables(value: str) -> None:
    assert _restore_part.problem_with_table(value)
    assert _restore_part.problem_with_table("app.t") is None and _restore_part.problem_with_table("T x") is None
