"""Secrets are hidden in what people read, and never change what a result is."""

from __future__ import annotations

import ast
import base64
import json
import random
import re
import string
import urllib.parse
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from ansible_collections.codexdominion.azure.plugins.module_utils._core import _masking
from ansible_collections.codexdominion.azure.plugins.module_utils._core._masking import (
    MASK,
    SHORT,
    Hidden,
    is_structure,
    mask,
)
from tests.support.playbooks import ROOT

DIGEST = "sha256:4f2a9c1d4f2a9c1d4f2a9c1d4f2a9c1d"
GROUP: dict[str, Any] = {
    "id": "/subscriptions/0/resourceGroups/codex-rg/providers/Microsoft.ContainerInstance/containerGroups/codex-api",
    "name": "codex-api",
    "location": "eastus",
    "tags": {"codex-release": "release-codex-20261123T030000Z-4f2a9c1", "owner": "operations"},
    "provisioning_state": "Succeeded",
    "restart_policy": "Always",
    "ip_address": {
        "ip": "127.77.195.3",
        "fqdn": "codex-api.eastus.azurecontainer.io",
        "type": "Public",
        "dns_name_label": "codex-api",
        "ports": [{"port": 8001, "protocol": "TCP"}],
    },
    "containers": [
        {
            "name": "codex-api",
            "image": f"codexdominionacr.azurecr.io/codex-backend@{DIGEST}",
            "command": ["/bin/sh", "-c", "exec codex --name codex-api"],
            "environment_variables": [
                {"name": "PORT", "value": "8001"},
                {"name": "ALLOWED_ORIGINS", "value": "https://codex.example"},
                {"name": "DB_USER"},
            ],
            "resources": {"requests": {"cpu": 1.0, "memory_in_gb": 1.5}},
            "instance_view": {
                "restart_count": 0,
                "current_state": {"state": "Running", "start_time": "2026-11-27T13:09:42Z", "detail_status": ""},
                "events": [
                    {
                        "name": "Pulled",
                        "type": "Normal",
                        "message": "Successfully pulled image codex-backend for codex-api on 127.77.195.3:8001",
                        "last_timestamp": "2026-11-27T13:09:42Z",
                    }
                ],
            },
        }
    ],
}
RESULT: dict[str, Any] = {
    "changed": True,
    "impact": "restart",
    "container_group": GROUP,
    "operation": {"what": "container group codex-api", "url": "https://management.azure.com/o/1", "typical": 30},
    "diff": {
        "before": {"containers": {"codex-api": {"image": "codex-backend:1.0.0", "cpu": 1.0}}},
        "after": {"containers": {"codex-api": {"image": "codex-backend:2.0.0", "cpu": 2.0}}},
    },
    "msg": "codex-api at codex-api.eastus.azurecontainer.io:8001 does not answer: exit code 1",
    "failure": {
        "code": "ContainerNotRunning",
        "message": "Container codex-api restarted 3 times",
        "remedy": "The log names DB_USER as missing",
        "status": 404,
        "request_id": "0a1b2c3d",
        "details": {"exit_code": 1, "state": "Waiting", "log": ["codex starts", "codex.example: True"]},
    },
    "checks": [{"check": "p95", "ok": False, "expected": "at most 200 ms", "found": "203.1 ms"}],
    "warnings": ["codex-api: Azure does not show it"],
}


def samples() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield what every module documents as its result."""
    for path in sorted((ROOT / "plugins" / "modules").glob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        texts = {
            node.targets[0].id: ast.literal_eval(node.value)
            for node in tree.body
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id == "RETURN"
        }
        documented = yaml.safe_load(texts["RETURN"]) or {}
        found = {name: one.get("sample") for name, one in documented.items()}
        yield (
            path.stem,
            json.loads(json.dumps({name: one for name, one in found.items() if one is not None}, default=str)),
        )


def words(*texts: str) -> set[str]:
    """Return the words of texts."""
    return {word for text in texts for word in text.split()}


RESULTS = {"container_group, whole": RESULT, **dict(samples())}


def walk(value: Any, key: str = "", free: bool = False, all_structure: bool = False) -> Iterator[tuple[bool, str]]:
    """Yield every string of a result, and whether it is structure."""
    if isinstance(value, dict):
        for name, inner in value.items():
            below = all_structure or (isinstance(inner, dict) and name in _masking._ALL_STRUCTURE)
            yield from walk(inner, name, free or name in _masking._ALL_TEXT, below)
    elif isinstance(value, list):
        for one in value:
            yield from walk(one, key, free, all_structure)
    elif isinstance(value, str):
        yield not free and (all_structure or is_structure(key)), value


def structure(value: Any, key: str = "", free: bool = False) -> Any:
    """Return a result with each text in it replaced by the same word."""
    if isinstance(value, dict):
        if key in _masking._ALL_STRUCTURE and not free:
            return value
        return {name: structure(inner, name, free or name in _masking._ALL_TEXT) for name, inner in value.items()}
    if isinstance(value, list):
        return [structure(one, key, free) for one in value]
    return "text" if isinstance(value, str) and (free or not is_structure(key)) else value


def parts(text: str) -> set[str]:
    """Return parts of a text that a secret might be, every one of a short text."""
    chosen = random.Random(text)
    found = {text[start : start + size] for size in (1, 2, 3, 5) for start in range(len(text) - size + 1)}
    found |= {text, *re.split(r"\W+", text), text[len(text) // 2 :], text[: len(text) // 2]} - {""}
    return set(chosen.sample(sorted(found), min(len(found), 25)))


@pytest.mark.parametrize("module", RESULTS)
def test_no_secret_changes_what_a_result_is_and_none_stays_in_its_text(module: str) -> None:
    result = RESULTS[module]
    secrets = set().union(*(parts(text) for _structure, text in walk(result)), {"True", "none", "restart", "8001", "1"})
    for secret in secrets:
        masked = mask(result, [secret])
        assert structure(masked) == structure(result), secret
        if len(secret) >= SHORT and secret not in MASK:
            for is_structural, text in walk(masked):
                assert is_structural or secret not in text, (secret, text)
    together = mask(result, secrets)
    assert structure(together) == structure(result)
    assert result == json.loads(json.dumps(result)), "the result itself is not touched"


def test_what_roles_and_playbooks_work_with_is_structure() -> None:
    """Whatever YAML reads from a registered result is structure, unless it is only shown."""
    read = set()
    for folder in ("roles", "playbooks"):
        for path in (ROOT / folder).rglob("*.yml"):
            text = path.read_text(encoding="utf-8")
            if "/meta/" in str(path):
                continue
            read |= set(re.findall(r"\['([a-z][a-z_0-9]+)'\]|attribute='([a-z_0-9]+)'|attr\('([a-z_0-9]+)'", text))
    names = {name for found in read for name in found if name}
    strings = {name for name in names if is_structure(name)}
    assert {"name", "image", "digest", "lock_id", "impact", "tag", "host_name", "code"} <= strings
    unknown = names - strings - SHOWN - CONTAINERS - NUMBERS - OPTIONS - DECISIONS
    assert not unknown, f"structure, or only shown? {sorted(unknown)}"


SHOWN = words(
    "answered expected found message msg problem reason remedy command json evidence lines details",
    "passed_over record summary",
    "why trouble lacks text",
)
"""Text: it is put into messages, and nothing else is done with it."""
CONTAINERS = words(
    "backup backups checks container_group container_groups container_registry containers current_state previous_state",
    "dns_config endpoints environment events failure images instance_view ip_address item lock manifests operation",
    "postgresql_server postgresql_servers previous redis_copy redis_flush redis_info redis_reboot results row_counts",
    "slow_log tables stat statistics storage traffic_manager_profile traffic_manager_profiles user_assigned_identity",
    "after backend before further releases restore_point restored adopted",
    "liveness_probe readiness_probe firewall_rules configurations admin rows former chosen serving reboots order",
    "unknown_environment build",
)
"""Dictionaries and lists, of which the parts are judged."""
NUMBERS = words(
    "away_seconds blocked_clients changed classic classic_in_subscription clients copied cpu empty evicted exists",
    "exit_code hit_rate hits keys_before keys_deleted managed max_bytes memory milliseconds misses ok ops_per_second",
    "priority replaced replicas restart_count restart_required seconds size_bytes storage_size_gb uptime_seconds",
    "used_bytes used_percent is_read_only current_version primary full run_id run_id_before key expired",
    "_ansible_no_log settling_seconds wrote duration_seconds",
    "has_profile skipped storage_gb is_plain loses_data deletes_all migrates copies sent built deploy",
)
"""Numbers and booleans, or names of keys of a dictionary."""
DECISIONS = words("way")
"""What a filter has worked out where it is used: it was never registered."""
OPTIONS = words("ca_cert login_db login_password login_user password credentials keys json_keys from to value untagged")
"""Variables of the inventory, parts of its dictionaries, and credentials, see the test of those."""


def test_credentials_that_were_asked_for_arrive_whole() -> None:
    result = {"container_registry": {"credentials": {"username": "codexacr", "password": "abc1def", "other": "secret"}}}
    found = mask(result, ["1", "codex", "abc1", "secret"])["container_registry"]["credentials"]
    assert found == {"username": "codexacr", "password": "abc1def", "other": MASK}


def everything() -> list[str]:
    """Return secrets of every kind, the same ones in every run."""
    chosen = random.Random(13)
    alphabet = string.ascii_letters + string.digits + "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~ äß€🚀"
    made = ["".join(chosen.choice(alphabet) for _ in range(chosen.randint(8, 40))) for _ in range(300)]
    return [one for one in made if one.strip() == one]


@pytest.mark.parametrize(
    "written",
    [
        lambda secret: secret,
        lambda secret: urllib.parse.quote(secret, safe=""),
        urllib.parse.quote,
        urllib.parse.quote_plus,
        lambda secret: re.sub("%[0-9A-F]{2}", lambda one: one[0].lower(), urllib.parse.quote(secret, safe="")),
        json.dumps,
        lambda secret: json.dumps({"a": [secret]}, ensure_ascii=False),
        repr,
        lambda secret: f"\x1b[31m{secret[:4]}\x1b[0m{secret[4:]}",
        lambda secret: f"postgresql://codex:{urllib.parse.quote(secret, safe='')}@host:5432/codex",
    ],
    ids=["plain", "url", "url-path", "form", "url-lower", "json", "json-utf8", "python", "colours", "database-url"],
)
def test_a_secret_is_found_as_programs_write_it(written: Any) -> None:
    for secret in everything():
        text = f"2026-11-27 {written(secret)} was refused"
        masked = Hidden([secret]).text(text)
        assert MASK in masked
        assert secret not in masked
        assert urllib.parse.quote(secret, safe="") not in masked
        assert masked.startswith("2026-11-27 ")
        assert masked.endswith(" was refused")


@pytest.mark.parametrize("prefix", ["", "a", "ab", "user:"])
def test_a_secret_is_found_in_base64(prefix: str) -> None:
    for secret in everything():
        encoded = base64.b64encode((prefix + secret).encode()).decode()
        masked = Hidden([secret]).text(f"Authorization: Basic {encoded}")
        assert MASK in masked
        left = masked.split("Basic ")[1].replace(MASK, "").rstrip("=")
        assert len(left) <= len(base64.b64encode(prefix.encode())) + 3


def test_the_password_in_a_url_or_connection_string_is_a_secret_of_its_own() -> None:
    url = "postgresql://codex:s3cr%40t-pass@db.example:5432/codex?sslmode=verify-full"
    for text in (url, "password s3cr@t-pass is wrong", "s3cr%40t-pass", "user codex at db.example"):
        masked = Hidden([url]).text(text)
        assert "s3cr" not in masked
    assert Hidden([url]).text("user codex at db.example") == "user codex at db.example"
    pairs = "DefaultEndpointsProtocol=https;AccountName=acc;AccountKey=QUJDREVG;EndpointSuffix=core.windows.net"
    assert Hidden([pairs]).text("key QUJDREVG") == f"key {MASK}"


def test_each_line_of_a_secret_is_hidden() -> None:
    key = "-----BEGIN KEY-----\nMIIEvQIBADANBg\n  kqhkiG9w0BAQ\n}\n-----END KEY-----"
    assert Hidden([key]).text("log: MIIEvQIBADANBg") == f"log: {MASK}"
    assert Hidden([key]).text("kqhkiG9w0BAQ }") == f"{MASK} }}"
    assert Hidden([key]).text(key) == MASK


def test_secrets_that_overlap_leave_nothing_of_each_other() -> None:
    assert Hidden(["abcdef", "cdefgh"]).text("xabcdefghx") == f"x{MASK}x"
    assert Hidden(["abcd", "abcdefgh"]).text("abcdefgh") == MASK
    assert Hidden(["abab"]).text("-ababab-") == f"-{MASK}-"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("1", MASK),
        ("REDIS_DB=1", f"REDIS_DB={MASK}"),
        ("{'db': '1', \"db\": \"1\"}", f"{{'db': '{MASK}', \"db\": \"{MASK}\"}}"),
        ("db: 1", f"db: {MASK}"),
        ("Running, 1 restarts, exit code 1, image 1.0.1 on 127.0.0.1", None),
        ("codex:1.10.1", None),
    ],
)
def test_a_short_secret_is_hidden_where_it_is_a_value_and_leaves_text_readable(text: str, shown: str | None) -> None:
    assert Hidden(["1"]).text(text) == (text if shown is None else shown)


def test_nothing_is_hidden_without_secrets_and_nothing_by_an_empty_one() -> None:
    assert mask(RESULT, []) == RESULT
    assert mask(RESULT, [""]) == RESULT


@pytest.mark.parametrize(
    "escape",
    [
        "\x1b[31m",
        "\x1b[2J",
        "\x1b]0;title\x07",
        "\x1b]8;;http://x\x1b\\",
        "\x1bc",
        "\x1b(B",
        "\x9b31m",
        "\x1bP1$r\x1b\\",
    ],
)
def test_no_escape_sequence_reaches_the_terminal(escape: str) -> None:
    for text in (f"a{escape}b", f"{escape}ab", f"ab{escape}"):
        assert Hidden([]).text(text) == "ab"
        assert mask({"name": text}, [])["name"] == "ab"
