"""The variables of the backend, alone and together."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.codexdominion.azure.plugins.module_utils._inventory import _backend

GOOD: dict[str, Any] = {
    "backend_name": "codex-api",
    "backend_resource_group": "codex-rg",
    "backend_location": "eastus",
    "backend_image_repository": "codex-backend",
    "backend_image_tag": "",
    "backend_pull": "identity",
    "backend_identity_name": "codex-api-pull",
    "backend_cpu": 1.0,
    "backend_memory": 1.0,
    "backend_port": 8001,
    "backend_ip_address": "Public",
    "backend_dns_label": "codex-api",
    "backend_liveness_path": "/",
    "backend_readiness_path": "/ready",
    "backend_health_path": "/health",
    "backend_wait": True,
    "backend_timeout": 1800,
    "backend_strategy": "in_place",
    "backend_traffic_name": "codex-api",
    "backend_traffic_ttl": 30,
    "backend_drain_seconds": 60,
    "backend_bake_seconds": 60,
    "backend_stable_seconds": 10,
    "backend_release_prefix": "release-codex",
    "registry_admin_user_enabled": False,
}
BLUE_GREEN = {"backend_strategy": "blue_green"}

WRONG: list[tuple[dict[str, Any], str]] = [
    ({"backend_name": "Upper"}, "backend_name: 'Upper' is not valid"),
    ({"backend_name": "a--b"}, "backend_name: 'a--b' is not valid"),
    ({"backend_resource_group": "a b"}, "backend_resource_group: "),
    ({"backend_location": "east-us"}, "backend_location: "),
    ({"backend_image_repository": "UPPER"}, "backend_image_repository: "),
    ({"backend_image_tag": "-x"}, "backend_image_tag: "),
    ({"backend_image_digest": "sha256:12"}, "backend_image_digest: "),
    ({"backend_identity_name": "x"}, "backend_identity_name: "),
    ({"backend_cpu": 0}, "backend_cpu: 0 is not a positive number of cores"),
    ({"backend_memory": -1.5}, "backend_memory: -1.5 is not a positive number of GB"),
    ({"backend_port": 0}, "backend_port: '0' is not a port from 1 to 65535"),
    ({"backend_port": "65536"}, "backend_port: '65536' is not a port"),
    ({"backend_dns_label": "abcd"}, "backend_dns_label: 'abcd' is not valid"),
    ({"backend_dns_label": "x" * 64}, "backend_dns_label: "),
    ({"backend_ip_address": "None"}, "backend_dns_label: needs a public address, but backend_ip_address is None"),
    ({"backend_ip_address": "Private", "backend_dns_label": ""}, "backend_ip_address: Private needs a subnet"),
    ({"backend_liveness_path": "health"}, "backend_liveness_path: 'health' is not a path"),
    ({"backend_readiness_path": "/a b"}, "backend_readiness_path: "),
    ({"backend_health_path": "http://x/health"}, "backend_health_path: "),
    ({"backend_pull": "admin"}, "backend_pull: admin needs registry_admin_user_enabled"),
    ({"backend_release_prefix": "release of codex"}, "backend_release_prefix: the tag of a release"),
    ({"backend_release_prefix": "x" * 120}, "backend_release_prefix: the tag of a release"),
    ({**BLUE_GREEN, "backend_name": "x" * 58, "backend_dns_label": "label"}, "backend_name: the name of the second"),
    ({**BLUE_GREEN, "backend_name": "x" * 57, "backend_dns_label": "label"}, "the name of the Traffic Manager profile"),
    ({**BLUE_GREEN, "backend_dns_label": "x" * 58}, "backend_dns_label: the label of the second group"),
    ({**BLUE_GREEN, "backend_dns_label": "", "backend_name": "1-api"}, "backend_name: the label of the second group"),
    ({**BLUE_GREEN, "backend_traffic_name": "a_b"}, "backend_traffic_name: 'a_b' is not valid"),
    ({**BLUE_GREEN, "backend_ip_address": "None", "backend_dns_label": ""}, "blue_green needs Public"),
    ({**BLUE_GREEN, "backend_readiness_path": ""}, "backend_readiness_path: backend_strategy blue_green needs it"),
    ({**BLUE_GREEN, "backend_wait": "no"}, "backend_wait: backend_strategy blue_green needs true"),
    ({**BLUE_GREEN, "backend_drain_seconds": 29}, "backend_drain_seconds: 29 is less than backend_traffic_ttl (30)"),
]


def test_a_good_backend_has_no_problem() -> None:
    assert list(_backend.problems(GOOD)) == []
    assert list(_backend.problems(GOOD | BLUE_GREEN)) == []
    assert list(_backend.problems(GOOD | {"backend_pull": "admin", "registry_admin_user_enabled": "yes"})) == []
    assert list(_backend.problems(GOOD | {"backend_dns_label": "", "backend_liveness_path": ""})) == []


@pytest.mark.parametrize(("change", "wrong"), WRONG)
def test_what_azure_would_refuse_is_refused(change: dict[str, Any], wrong: str) -> None:
    found = list(_backend.problems(GOOD | change))
    assert len(found) == 1, found
    assert wrong in found[0]
    assert found[0].split(":")[0] in GOOD.keys() | change.keys()


def test_all_of_it_is_said_at_once() -> None:
    changes = {
        "backend_port": 0,
        "backend_cpu": 0,
        "backend_liveness_path": "x",
        "backend_dns_label": "-",
        **BLUE_GREEN,
    }
    found = list(_backend.problems(GOOD | changes))
    assert {one.split(":")[0] for one in found} == changes.keys() - BLUE_GREEN.keys()


def test_what_is_not_known_is_no_problem() -> None:
    assert list(_backend.problems(dict.fromkeys(GOOD))) == []
    assert list(_backend.problems(dict.fromkeys(GOOD) | BLUE_GREEN)) == []
    for name in GOOD:
        assert list(_backend.problems({**GOOD, **BLUE_GREEN, name: None})) == [], name
