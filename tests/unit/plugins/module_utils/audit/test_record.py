"""What an audit record says, what it refuses, how it is written."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.codexdominion.azure.plugins.module_utils._audit import _record, _store
from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import OperationsError

PARAMS: dict[str, Any] = {
    "stack": "production",
    "action": "redeploy_backend",
    "result": "ok",
    "from": "r1",
    "to": {"release": "r2"},
    "duration_seconds": 1.5,
    "summary": "two\nlines\u2028and one",
    "record": {"strategy": "in_place", "restarts": 1},
}


def params() -> dict[str, Any]:
    return dict(_record.SPEC.validate(PARAMS).validated_parameters)


def problems(**params: Any) -> list[str]:
    checked = _record.SPEC.validate({**PARAMS, **params})
    return _record.SPEC.problems(checked)


def test_a_record_is_one_line_with_all_that_counts() -> None:
    record = _record.make(params())
    line = _record.to_line(record)
    assert len(line.decode().splitlines()) == 1 and line.endswith(b"\n")
    assert json.loads(line) == record
    given = ("stack", "action", "result", "from", "to", "duration_seconds", "record")
    assert {name: record[name] for name in given} == {name: PARAMS[name] for name in given}
    assert record["message"] == PARAMS["summary"]
    assert set(record) == {*given, "message", "time", "id", "run_id", "who", "host"}
    assert all(record[name] for name in ("time", "id", "run_id", "who", "host"))
    assert _record.make({**params(), "who": "alice", "run_id": "7"}).items() >= {"who": "alice", "run_id": "7"}.items()


@pytest.mark.parametrize(
    "key",
    [
        "password",
        "adminPassword",
        "DB_PASSWORD",
        "db-passwd",
        "secret",
        "clientSecret",
        "secrets",
        "token",
        "access_token",
        "tokens",
        "api_key",
        "ACCESS_KEY",
        "keys",
        "SASToken",
        "sas",
        "credential",
        "credentials",
        "Authorization",
        "cookie",
        "connection_string",
        "connectionString",
        "passphrase",
    ],
)
def test_what_looks_like_a_secret_is_refused(key: str) -> None:
    assert problems(record={key: "hidden"}) == [f"record.{key}: looks like a secret; audit records hold none"]
    assert problems(**{"from": [{"a": {key: {"b": 1}}}]}) == [
        f"from[0].a.{key}: looks like a secret; audit records hold none"
    ]


@pytest.mark.parametrize(
    "key",
    [
        "release",
        "digest",
        "key_vault",
        "secret_names",
        "password_changed",
        "token_count",
        "monkey",
        "keyboard",
        "passage",
        "secret_id",
        "strategy",
    ],
)
def test_what_does_not_is_taken(key: str) -> None:
    assert problems(record={key: ["DATABASE_URL"]}) == []


@pytest.mark.parametrize("value", [None, True, False, "", "(secret)", "(secret, changed)"])
def test_what_says_nothing_about_a_secret_is_taken(value: object) -> None:
    assert problems(record={"password": value}) == []


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"summary": "see postgresql://codex:hidden@db.example/codex"}, "summary: holds a URL with a password"),
        ({"to": ["redis://:hidden@cache.example:6380"]}, "to[0]: holds a URL with a password"),
        ({"from": float("nan")}, "from: nan is no number"),
        ({"record": {"a": object()}}, "record.a: a value of type object is neither text"),
        ({"record": {"a": b"bytes"}}, "record.a: a value of type bytes is neither text"),
        ({"duration_seconds": -1.0}, "duration_seconds: -1.0 is not a time span"),
        ({"duration_seconds": float("nan")}, "duration_seconds: nan is not a time span"),
        ({"summary": "x" * 20000}, "from, to, summary, record: together longer"),
    ],
)
def test_other_bad_values(params: dict[str, Any], expected: str) -> None:
    found = problems(**params)
    assert len(found) == 1 and found[0].startswith(expected)
    assert "hidden" not in found[0]


def test_a_url_without_a_password_is_taken() -> None:
    assert problems(summary="https://codex-api.eastus.azurecontainer.io:8001/health answers alice@example.com") == []


class TestFile:
    def test_file_and_folders_are_private(self, tmp_path: Path) -> None:
        path = tmp_path / "a" / "b" / "audit.jsonl"
        _store.to_file(path, b"1\n")
        assert [one.stat().st_mode & 0o777 for one in (path.parent.parent, path.parent, path)] == [0o700, 0o700, 0o600]

    def test_lines_are_added(self, tmp_path: Path) -> None:
        for number in range(3):
            _store.to_file(tmp_path / "a", b"%d\n" % number)
        assert (tmp_path / "a").read_bytes() == b"0\n1\n2\n"

    def test_half_a_line_spoils_no_other(self, tmp_path: Path) -> None:
        (tmp_path / "a").write_bytes(b'0\n{"time"')
        _store.to_file(tmp_path / "a", b"1\n")
        assert (tmp_path / "a").read_bytes() == b'0\n{"time"\n1\n'

    def test_no_part_of_a_line_stays(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / "a").write_bytes(b"0\n")
        write = os.write
        monkeypatch.setattr(os, "write", lambda descriptor, data: write(descriptor, data[:3]))
        with pytest.raises(OperationsError, match="no space") as caught:
            _store.to_file(tmp_path / "a", b"12345\n")
        assert caught.value.code == "AuditNotWritten" and caught.value.remedy
        assert (tmp_path / "a").read_bytes() == b"0\n"

    def test_where_no_file_can_be(self, tmp_path: Path) -> None:
        (tmp_path / "a").touch()
        with pytest.raises(OperationsError) as caught:
            _store.to_file(tmp_path / "a" / "audit.jsonl", b"1\n")
        assert caught.value.code == "AuditNotWritten"
