"""Properties of databases: kept in a manifest and read again; nothing else is taken for them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.codexdominion.azure.plugins.module_utils._dump import _database_properties, _manifest
from ansible_collections.codexdominion.azure.plugins.module_utils._dump._database_properties import (
    Database,
    Locale,
    Right,
    Setting,
)
from tests.support.backups import dump

LIBC = Locale(encoding="UTF8", collation="C", ctype="C.UTF-8")
ICU = Locale(encoding="UTF8", collation="C", ctype="C", provider="icu", locale="de-DE", rules="&V << w")
BUILTIN = Locale(encoding="UTF8", collation="C", ctype="C", provider="builtin", locale="C.UTF-8")
FULL = Database(
    locale=ICU,
    owner="codexadmin",
    tablespace="fast",
    connection_limit=0,
    comment="it's",
    settings=(Setting(None, "search_path", 'app, "a, ""b"'), Setting("reader", "work_mem", "5MB")),
    rights=(Right(None, "CONNECT", False), Right("reader", "CREATE", True)),
)


@pytest.mark.parametrize("one", [FULL, Database(locale=LIBC), Database(locale=BUILTIN, rights=())])
def test_there_and_back_through_a_manifest(one: Database) -> None:
    manifest = _manifest.parse(dump(properties=one.represent()).to_bytes())
    assert isinstance(manifest, _manifest.Dump)
    assert _database_properties.parse(manifest.properties) == one
    assert "properties" not in manifest.represent() and manifest.represent()["database"] == "codex"


@pytest.mark.parametrize(
    "changes",
    [{"locale": {}}, {"locale": None}, {"settings": [["a"]]}, {"settings": 3}, {"owner": 1}, {"rights": [[1]]},
     {"connection_limit": "x"}, {"colour": "blue"}, {"settings": [[None, "a", 1]]}],
    ids=str,
)  # fmt: skip
def test_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="no properties"):
        _database_properties.parse({**FULL.represent(), **changes})
    stored = {**json.loads(dump().to_bytes()), "properties": {**FULL.represent(), **changes}}
    with pytest.raises(_manifest.UnreadableError, match="no valid properties"):
        _manifest.parse(json.dumps(stored).encode())


@pytest.mark.parametrize(
    ("locale", "server", "fits", "keywords"),
    [
        (LIBC, 14, True, ["ENCODING", "LC_COLLATE", "LC_CTYPE"]),
        (LIBC, 16, True, ["ENCODING", "LC_COLLATE", "LC_CTYPE", "LOCALE_PROVIDER"]),
        (ICU, 14, False, None),
        (ICU, 15, False, None),
        (ICU, 16, True, ["ENCODING", "LC_COLLATE", "LC_CTYPE", "LOCALE_PROVIDER", "ICU_LOCALE", "ICU_RULES"]),
        (BUILTIN, 16, False, None),
        (BUILTIN, 18, True, ["ENCODING", "LC_COLLATE", "LC_CTYPE", "LOCALE_PROVIDER", "BUILTIN_LOCALE"]),
    ],
)
def test_what_a_server_can_create(locale: Locale, server: int, fits: bool, keywords: list[str] | None) -> None:
    assert locale.fits(server) is fits and locale.plain.fits(server)
    if keywords:
        assert [keyword for keyword, _value in locale.clauses(server)] == keywords


@pytest.mark.parametrize(
    ("value", "names"),
    [
        ('app, "Odd, ""one", public', ["app", 'Odd, "one', "public"]),
        ('"$user", public', ["$user", "public"]),
        ('""', [""]),
        ("", []),
        ("a", ["a"]),
        ('"a b" ,c', ["a b", "c"]),
    ],
)
def test_names_in_a_list(value: str, names: list[str]) -> None:
    assert _database_properties.names(value) == names


def test_what_is_set_here_stays() -> None:
    here = Database(locale=LIBC, comment="mine", settings=(Setting(None, "search_path", "x"),))
    found = here.of_its_own(FULL)
    assert found.comment == "mine" and found.connection_limit == 0 and found.rights == FULL.rights
    assert found.settings == (Setting(None, "search_path", "x"), Setting("reader", "work_mem", "5MB"))
    assert found.locale == LIBC and FULL.of_its_own(here) == FULL
