"""How a value was written, found again by the place Ansible keeps with it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible.parsing.dataloader import DataLoader

from ansible_collections.codexdominion.azure.plugins.plugin_utils._yaml_source import Sources
from tests.support.host_inventory import load

LAYOUTS = {
    "block": "outer:\n  key: {word}\n",
    "flow": "outer: {{other: 1, key: {word}, last: 2}}\n",
    "the next line": "outer:\n  key:\n    {word}\n",
    "a comment": "outer:\n  key: {word}  # {word}\n",
    "a tab behind": "outer:\n  key: {word}\t\n",
    "a quoted key": 'outer:\n  "key": {word}\n',
    "an anchor": "anchor: &one {word}\nouter:\n  key: *one\n",
    "a merged dictionary": "anchor: &one\n  key: {word}\nouter:\n  <<: *one\n",
}
WORDS = [
    "0123",
    "1_000",
    "0x1F",
    "12:30:45",
    "on",
    "No",
    "TRUE",
    "true",
    "~",
    "Null",
    "1.10",
    ".inf",
    ".nan",
    "2024-01-01",
]


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=list(LAYOUTS))
@pytest.mark.parametrize("word", WORDS)
def test_a_word_is_found_again(word: str, layout: str, tmp_path: Path) -> None:
    outer = load(tmp_path, layout.format(word=word))["outer"]
    key = next(one for one in outer if one == "key")
    assert Sources(DataLoader()).written(outer[key], key) == word


@pytest.mark.parametrize("word", ['"on"', "'0123'", "plain", "0o17", "1e3", "|\n    0123"])
def test_text_has_no_other_form(word: str, tmp_path: Path) -> None:
    outer = load(tmp_path, LAYOUTS["block"].format(word=word))["outer"]
    assert isinstance(outer["key"], str)
    assert Sources(DataLoader()).written(outer["key"], next(iter(outer))) is None


@pytest.mark.parametrize(("word", "value"), [("NO", False), ("123", 123), ("0123", 83), ("~", None)])
@pytest.mark.parametrize("layout", ["outer:\n  A: x\n  {word}: y\n", "outer: {{{word}: y}}\n"])
def test_a_key_is_found_again(word: str, value: Any, layout: str, tmp_path: Path) -> None:
    outer = load(tmp_path, layout.format(word=word))["outer"]
    key = next(one for one in outer if one == value)
    assert Sources(DataLoader()).written_key(key, outer) == word


def test_nothing_is_known_of_values_from_elsewhere(tmp_path: Path) -> None:
    sources = Sources(DataLoader())
    for value in (83, True, None, 1.1, "on"):
        assert sources.written(value, "key") is None
    assert sources.written_key(False, {False: 1}) is None


def test_a_file_that_has_changed_or_gone_says_nothing(tmp_path: Path) -> None:
    value = load(tmp_path, "key: 0123\n")["key"]
    for content in ("key: 0124\n", "# key\nkey: 0123\n", "key: '0123'\n", "[", "\x00"):
        (tmp_path / "all.yml").write_text(content, encoding="utf-8")
        assert Sources(DataLoader()).written(value) is None, content
    (tmp_path / "all.yml").unlink()
    assert Sources(DataLoader()).written(value) is None
