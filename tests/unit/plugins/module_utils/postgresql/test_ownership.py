"""Why a database cannot be dumped, in words that mend it."""

from __future__ import annotations

from ansible_collections.codexdominion.azure.plugins.module_utils._postgresql._ownership import Unreadable, refusal


def test_policies_are_told_with_both_statements() -> None:
    error = refusal([Unreadable("public.t", "codex_backend", True)], "codexadmin")
    assert error.code == "RowSecurity"
    assert 'ALTER TABLE public.t OWNER TO "codexadmin"; ALTER TABLE public.t NO FORCE' in error.remedy


def test_owners_come_before_policies_and_are_named_once() -> None:
    found = [Unreadable(f"public.t{number}", 'o"x', number > 6) for number in range(8)]
    error = refusal(found, "codexadmin")
    assert error.code == "NotReadable"
    assert error.message.endswith("and 2 more")
    assert error.remedy.count('GRANT "o""x" TO "codexadmin"') == 1
    assert len(error.details["unreadable"]) == 8
