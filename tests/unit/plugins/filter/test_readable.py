"""Texts of several lines, as each format of the callback prints them."""

from __future__ import annotations

import pytest

from ansible_collections.codexdominion.azure.plugins.filter import readable


@pytest.mark.parametrize(("yaml", "shown"), [(True, "one\n  two :rocket:"), (False, ["one", "  two :rocket:"])])
def test_lines_print_as_lines(yaml: bool, shown: str | list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readable, "_prints_yaml", lambda: yaml)
    assert readable.FilterModule().filters()["readable"]("one\n  two \U0001f680\n") == shown
