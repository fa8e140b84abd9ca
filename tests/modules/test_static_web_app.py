"""The modules of static web apps against a local Azure: what needs more than one look."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ansible_collections.codexdominion.azure.plugins.module_utils._controller._run_cache import RunCache
from ansible_collections.codexdominion.azure.plugins.module_utils._core import _resource
from ansible_collections.codexdominion.azure.plugins.module_utils._core._context import Context
from ansible_collections.codexdominion.azure.plugins.module_utils._static_site._api import SiteApi
from tests.simulator_fixture import Simulator
from tests.support.invoke import CONNECTION, invoke
from tests.support.waiting import until

SITE = "/resourceGroups/rg/providers/Microsoft.Web/staticSites/site"
VERSION = "2025-05-01"
SECRET = "Quiet-5ecret-8d1f"


class World:
    """A subscription with a static web app."""

    def __init__(self, simulator: Simulator, folder: Path) -> None:
        self.simulator = simulator
        self._folder = folder
        simulator.register("Microsoft.Web")
        simulator.group("rg")
        self.host = str(self.run(location="eastus2")["static_web_app"]["default_hostname"])

    def attempt(self, check_mode: bool = False, **params: Any) -> dict[str, Any]:
        settings = self.simulator.settings()
        where = {name: settings[name] for name in CONNECTION} | {"resource_group": "rg", "name": "site"}
        return invoke("static_web_app", {**where, **params}, check_mode=check_mode, cache=self._folder)

    def run(self, check_mode: bool = False, **params: Any) -> dict[str, Any]:
        """Run the module; it must not fail."""
        result = self.attempt(check_mode, **params)
        assert not result.get("failed"), result
        return result

    def call(self, method: str, path: str = "", body: Any = None) -> Any:
        """Do something beside the module."""
        answer = self.simulator.call(method, f"{self.simulator.subscription}{SITE}{path}", VERSION, body)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def writes(self) -> list[str]:
        """What has been written since the last look."""
        entries = self.simulator.hook("GET", "requests")["value"]
        self.simulator.hook("DELETE", "requests")
        return [
            f"{one['method']} {one['path'].rpartition('/staticSites/site')[2]}"
            for one in entries
            if one["is_write"] and "/staticSites/" in one["path"]
        ]

    def record(self, name: str, kind: str, value: str | None) -> None:
        """Make a DNS record."""
        self.simulator.hook("POST", "static-sites/dns", {"name": name, "type": kind, "value": value})


@pytest.fixture
def world(simulator: Simulator, tmp_path: Path) -> World:
    made = World(simulator, tmp_path)
    made.writes()
    return made


def test_a_domain_waits_for_its_cname_record(world: World) -> None:
    wanted: dict[str, Any] = {"custom_domains": [{"name": "www.example.com", "validation": "cname"}]}
    record = {"type": "CNAME", "name": "www.example.com", "value": world.host}
    for check_mode in (True, False, True):
        found = world.run(check_mode, **wanted)
        (domain,) = found["static_web_app"]["custom_domains"]
        assert not found["changed"] and world.writes() == []
        assert (domain["status"], domain["dns_record"]) == ("RecordMissing", record)
        assert "CNAME Record is invalid" in domain["error"]
    world.record("www.example.com", "CNAME", world.host)
    checked, done = world.run(True, **wanted), world.run(**wanted)
    assert checked["changed"] and done["changed"] and checked["diff"] == done["diff"]
    assert world.writes() == ["PUT /customDomains/www.example.com"]
    (domain,) = done["static_web_app"]["custom_domains"]
    assert (domain["status"], domain["dns_record"]) == ("Ready", None)
    assert not world.run(**wanted)["changed"]


def test_a_new_site_has_no_name_that_a_record_could_lead_to(world: World) -> None:
    wanted: dict[str, Any] = {
        "name": "site-2",
        "location": "eastus2",
        "custom_domains": [{"name": "www.example.com", "validation": "cname"}, {"name": "example.com"}],
    }
    checked = world.run(True, **wanted)
    assert checked["static_web_app"]["custom_domains"][0]["dns_record"] is None
    done = world.run(**wanted)
    assert checked["diff"] == done["diff"]
    found = {one["name"]: one for one in done["static_web_app"]["custom_domains"]}
    assert found["example.com"]["dns_record"]["type"] == "TXT"
    host = done["static_web_app"]["default_hostname"]
    assert found["www.example.com"]["dns_record"] == {"type": "CNAME", "name": "www.example.com", "value": host}
    assert not world.run(**wanted)["changed"]


def test_a_domain_is_ready_once_its_txt_record_is_there(world: World) -> None:
    wanted: dict[str, Any] = {"custom_domains": [{"name": "www.example.com"}]}
    (domain,) = world.run(**wanted)["static_web_app"]["custom_domains"]
    assert domain["status"] == "Validating"
    world.record(domain["dns_record"]["name"], "TXT", domain["dns_record"]["value"])

    def ready() -> bool:
        found = world.run(**wanted)
        assert not found["changed"]
        return bool(found["static_web_app"]["custom_domains"][0]["status"] == "Ready")

    until(ready, "the validation")


def test_a_domain_of_another_site_is_refused(world: World) -> None:
    wanted: dict[str, Any] = {"custom_domains": [{"name": "www.example.com"}]}
    world.run(**wanted)
    refused = world.attempt(name="site-2", location="eastus2", **wanted)
    assert refused["failed"] and refused["failure"]["code"] == "Conflict"
    assert "not linked to another site" in refused["msg"]


def test_a_smaller_plan_after_the_domains_it_does_not_allow(world: World) -> None:
    names = [f"w{number}.example.com" for number in range(4)]
    world.run(sku="Standard", custom_domains=[{"name": name} for name in names])
    refused = world.attempt(sku="Free")
    assert refused["failed"] and "maximum number of custom domains" in refused["msg"]
    done = world.run(sku="Free", custom_domains=[{"name": names[1]}])
    assert done["impact"] == "recreate" and done["static_web_app"]["sku"]["name"] == "Free"
    assert [one["name"] for one in done["static_web_app"]["custom_domains"]] == [names[1]]


def test_sees_what_somebody_else_has_changed(world: World) -> None:
    wanted: dict[str, Any] = {"app_settings": {"COLOUR": "blue"}, "secret_app_settings": {"KEY": SECRET}}
    world.run(**wanted)
    assert world.writes() == ["PUT /config/appsettings"]
    world.call("PUT", "/config/appsettings", {"properties": {"COLOUR": "blue", "KEY": "another", "OWN": "1"}})
    world.writes()
    checked = world.run(True, **wanted)
    assert checked["diff"]["after"] == {"secret_app_settings": {"KEY": "(secret, changed)"}}
    assert SECRET not in str(checked) and world.writes() == []
    world.run(**wanted)
    found = world.call("POST", "/listAppSettings")["properties"]
    assert found == {"COLOUR": "blue", "KEY": SECRET, "OWN": "1"}


def test_keeps_what_it_is_not_asked_for(world: World) -> None:
    given = {
        "location": "eastus2",
        "tags": {"a": "b"},
        "properties": {
            "repositoryUrl": "https://github.com/o/r",
            "branch": "main",
            "allowConfigFileUpdates": False,
            "stagingEnvironmentPolicy": "Disabled",
        },
    }
    world.call("PUT", "", given)
    before = world.call("GET")
    world.writes()
    world.run(sku="Standard", tags={"c": "d"})
    assert world.writes() == ["PUT "]
    sku = {"name": "Standard", "tier": "Standard"}
    assert world.call("GET") == {**before, "tags": {"a": "b", "c": "d"}, "sku": sku}


def test_a_token_is_told_only_to_who_asks(world: World) -> None:
    token = world.call("POST", "/listSecrets")["properties"]["apiKey"]

    def asked() -> Any:
        return world.run(return_deployment_token=True)["static_web_app"]["credentials"]["deployment_token"]

    assert token not in str(world.run(tags={"a": "b"}))
    assert asked() == token
    checked = world.run(True, reset_deployment_token=True, return_deployment_token=True)
    assert checked["changed"] and checked["static_web_app"]["credentials"] == {"deployment_token": "not known before"}
    done = world.run(reset_deployment_token=True)
    assert done["diff"] == checked["diff"] and done["impact"] == "none"
    fresh = asked()
    assert fresh != token and fresh not in str(done)


@pytest.mark.parametrize("done", [False, True])
def test_a_reset_whose_answer_is_lost_happens_once(world: World, done: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_resource, "LOST_SECONDS", (0.01, 0.02))
    world.simulator.fault("error", method="POST", path="resetapikey", status=500, code="Broken", done=done)
    assert world.run(reset_deployment_token=True)["changed"]
    assert world.writes() == ["POST /resetapikey"] * (1 if done else 2)


@pytest.mark.parametrize("what", ["site", "domain"])
def test_what_is_gone_already_is_removed(world: World, what: str) -> None:
    """Somebody else was quicker, or the first answer was lost."""
    world.run(custom_domains=[{"name": "www.example.com"}])
    settings = world.simulator.settings()
    session = Context(
        {**{name: settings[name] for name in CONNECTION}, "auth": "auto", "timeout": 60},
        False,
        RunCache(None),
        lambda _text: None,
    ).session
    api = SiteApi(session, "rg", "site")
    for _ in range(2):
        removed = api.delete() if what == "site" else api.delete_domain("www.example.com")
        assert removed.status in (200, 202)
        until(lambda: api.read() is None if what == "site" else api.domains() == [], "the end of it")
