"""Statements about rights: cut where they end, and who they are about, whatever names hold."""

from __future__ import annotations

import pytest

from ansible_collections.codexdominion.azure.plugins.module_utils._dump import _restore_rights

ODD = ["plain", "a b", 'a "b" c', "x;y", "to TO x", "-- no", "FROM PUBLIC", "PUBLIC", "a\nb", "ü"]


def quoted(name: str) -> str:
    """Return a name as pg_dump writes it."""
    doubled = name.replace('"', '""')
    return name if name.isalpha() and name.isascii() and name.islower() else f'"{doubled}"'


@pytest.mark.parametrize("role", ODD)
@pytest.mark.parametrize("thing", ODD)
def test_who_it_is_about(role: str, thing: str) -> None:
    script = (
        "\\restrict abc\nSET client_encoding = 'UTF8';\n"
        f"--\n-- Name: x; Type: ACL; Owner: it's\n--\n\nREVOKE ALL ON FUNCTION public.{quoted(thing)}() FROM PUBLIC;\n"
        f"GRANT ALL ON FUNCTION public.{quoted(thing)}() TO {quoted(role)} WITH GRANT OPTION;\n"
        f"SET SESSION AUTHORIZATION {quoted(role)};\nGRANT SELECT({quoted(thing)}) ON TABLE t TO other;\n"
        f"RESET SESSION AUTHORIZATION;\n"
        f"ALTER DEFAULT PRIVILEGES FOR ROLE {quoted(role)} IN SCHEMA {quoted(thing)} REVOKE ALL ON TYPES FROM PUBLIC;\n"
        f"REVOKE ALL ON TABLE {quoted(thing)} FROM {quoted(role)};\n"
    )
    found = _restore_rights.parse(script)
    assert [(one.grantee, one.owner, one.grantor, one.closes) for one in found] == [
        (None, None, None, True),
        (role, None, None, False),
        ("other", None, role, False),
        (None, role, None, True),
        (role, None, None, False),
    ]


def test_a_grant_to_everybody_closes_nothing() -> None:
    assert [one.closes for one in _restore_rights.parse("GRANT ALL ON SCHEMA public TO PUBLIC;")] == [False]
