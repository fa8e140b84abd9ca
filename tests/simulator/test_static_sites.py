"""Static web apps through azure-mgmt-web; content by the stand-in client, as `swa` runs it; and what is refused."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.mgmt.web import WebSiteManagementClient

from azure_simulator.services.static_sites import stand_in_client
from tests.simulator.clients import client
from tests.simulator_fixture import Simulator
from tests.support.waiting import PATIENCE_SECONDS, until

VERSION = "2025-05-01"
PROVIDER = "/resourceGroups/codex/providers/Microsoft.Web/staticSites"


class Sites:
    """A subscription with a group, and what is done in it."""

    def __init__(self, simulator: Simulator, folder: Path) -> None:
        self.simulator = simulator
        self.folder = folder
        simulator.register("Microsoft.Web")
        simulator.group("codex")
        self.api: Any = client(simulator, WebSiteManagementClient).static_sites

    def create(self, name: str = "site", sku: str = "Free", **properties: Any) -> Any:
        """Create a site, or write it again."""
        body: Any = {"location": "eastus2", "sku": {"name": sku, "tier": sku}, "properties": properties}
        return self.api.begin_create_or_update_static_site("codex", name, body).result()

    def token(self, name: str = "site") -> str:
        return str(self.api.list_static_site_secrets("codex", name).properties["apiKey"])

    def builds(self, name: str = "site") -> dict[str, Any]:
        """The environments as Azure tells of them, by name."""
        value = self.call("GET", f"/{name}/builds").json()["value"]
        return {one["name"]: one["properties"] for one in value}

    def call(self, method: str, path: str, body: Any = None) -> requests.Response:
        return self.simulator.call(method, f"{self.simulator.subscription}{PROVIDER}{path}", VERSION, body)

    def page(self, host: str, path: str = "/", **options: Any) -> requests.Response:
        """What a browser gets."""
        with requests.Session() as session:
            session.trust_env = False
            url = f"https://{host}{path}"
            return session.get(
                url,
                verify=self.simulator.connection["ca_path"],
                timeout=PATIENCE_SECONDS,
                allow_redirects=False,
                **options,
            )

    def files(self, **files: str) -> Path:
        """A folder with files; two underscores stand for a dot, one for a slash."""
        folder = self.folder / f"out{len(list(self.folder.iterdir()))}"
        folder.mkdir()
        for name, content in files.items():
            path = folder / name.replace("__", ".").replace("_", "/")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, encoding="utf-8")
        return folder

    def deploy(self, folder: Path, environment: str = "", **variables: str) -> subprocess.CompletedProcess[str]:
        """Run the stand-in client with what the Static Web Apps CLI gives it."""
        given = {
            "PATH": os.environ["PATH"],
            "APP_LOCATION": str(folder),
            "DEPLOYMENT_TOKEN": self.token(),
            "DEPLOYMENT_ENVIRONMENT": environment,
            "HTTPS_PROXY": self.simulator.connection["https_proxy"],
            "NODE_EXTRA_CA_CERTS": self.simulator.connection["ca_path"],
            **variables,
        }
        command = [sys.executable, stand_in_client.__file__]
        return subprocess.run(command, env=given, capture_output=True, text=True, check=False, timeout=PATIENCE_SECONDS)

    @contextmanager
    def connection(self) -> Iterator[ssl.SSLSocket]:
        """A connection to the content server, by the proxy."""
        proxy = urlsplit(self.simulator.connection["https_proxy"])
        with socket.create_connection((str(proxy.hostname), int(proxy.port or 0)), PATIENCE_SECONDS) as plain:
            plain.sendall(f"CONNECT {stand_in_client.SERVER}:443 HTTP/1.1\r\n\r\n".encode())
            assert b" 200 " in plain.recv(4096)
            trust = ssl.create_default_context(cafile=self.simulator.connection["ca_path"])
            with trust.wrap_socket(plain, server_hostname=stand_in_client.SERVER) as secure:
                yield secure


@pytest.fixture
def sites(simulator: Simulator, tmp_path: Path) -> Sites:
    return Sites(simulator, tmp_path)


class TestSite:
    """The control plane."""

    def test_its_life(self, sites: Sites) -> None:
        created = sites.create(stagingEnvironmentPolicy="Disabled")
        assert (created.location, created.sku.name) == ("East US 2", "Free")
        assert str(created.properties.default_hostname).startswith("127.77.")
        again = sites.create(sku="Standard")
        assert again.properties.default_hostname == created.properties.default_hostname
        assert again.properties.staging_environment_policy == "Enabled", "a PUT says all"
        patch: Any = {"properties": {"stagingEnvironmentPolicy": "Disabled"}, "tags": {"a": "b"}}
        patched = sites.api.update_static_site("codex", "site", patch)
        assert (patched.properties.staging_environment_policy, patched.tags) == ("Disabled", {"a": "b"})
        assert [one.name for one in sites.api.get_static_sites_by_resource_group("codex")] == ["site"]
        assert [one.name for one in sites.api.list()] == ["site"]
        sites.api.begin_delete_static_site("codex", "site").result()
        with pytest.raises(ResourceNotFoundError):
            sites.api.get_static_site("codex", "site")
        with pytest.raises(requests.ConnectionError):
            sites.page(str(created.properties.default_hostname))

    def test_is_gone_with_its_group(self, sites: Sites, simulator: Simulator) -> None:
        host = sites.create().properties.default_hostname
        group = f"{simulator.subscription}/resourceGroups/codex"
        simulator.call("DELETE", group, "2022-09-01").raise_for_status()
        until(lambda: simulator.call("GET", group, "2022-09-01").status_code == 404, "the end of the group")
        with pytest.raises(requests.ConnectionError):
            sites.page(str(host))

    def test_settings_are_replaced(self, sites: Sites) -> None:
        sites.create()
        for settings in ({"A": "1", "B": "2"}, {"B": "3"}):
            body: Any = {"properties": settings}
            sites.api.create_or_update_static_site_app_settings("codex", "site", body)
            assert sites.api.list_static_site_app_settings("codex", "site").properties == settings
        assert "settings" not in str(sites.call("GET", "/site").json()).lower()

    def test_two_sites_of_a_name_in_two_groups(self, sites: Sites, simulator: Simulator) -> None:
        """Names contain each other, too: nothing of one may be taken for the other's."""
        simulator.group("codex-2")
        first = sites.create()
        body: Any = {"location": "eastus2"}
        second = sites.api.begin_create_or_update_static_site("codex-2", "site", body).result()
        third = sites.create("site-2")
        hosts = {one.properties.default_hostname for one in (first, second, third)}
        assert len(hosts) == 3
        assert list(sites.builds()) == ["default"]
        sites.api.begin_delete_static_site("codex", "site").result()
        for host in hosts - {first.properties.default_hostname}:
            assert sites.page(str(host)).ok

    @pytest.mark.parametrize(
        ("body", "status"),
        [
            ({"location": "eastus"}, 400),
            ({"location": "eastus2", "sku": {"name": "Basic"}}, 400),
            ({"location": "eastus2", "unknown": 1}, 400),
            ({"location": "eastus2", "properties": {"stagingEnvironmentPolicy": "Perhaps"}}, 400),
            ({"location": "eastus2", "properties": {"enterpriseGradeCdnStatus": "Enabled"}}, 501),
            ({"location": "eastus2", "properties": {"templateProperties": {"owner": "a"}}}, 501),
            ({}, 400),
        ],
    )
    def test_refuses(self, sites: Sites, body: dict[str, Any], status: int) -> None:
        assert sites.call("PUT", "/site", body).status_code == status
        assert sites.call("GET", "/site").status_code == 404

    @pytest.mark.parametrize("path", ["/site/linkedBackends", "/site/users/list", "/site/functions"])
    def test_what_is_not_built_is_refused(self, sites: Sites, path: str) -> None:
        sites.create()
        assert sites.call("GET", path).status_code == 501

    def test_free_sites_have_an_end(self, sites: Sites) -> None:
        for number in range(10):
            assert sites.call("PUT", f"/site{number}", {"location": "eastus2"}).ok
        assert sites.call("PUT", "/site-more", {"location": "eastus2"}).status_code == 409
        standard = {"location": "eastus2", "sku": {"name": "Standard"}}
        assert sites.call("PUT", "/site-more", standard).ok

    def test_deploying_by_the_management_endpoint_is_not_implemented(self, sites: Sites) -> None:
        sites.create()
        answer = sites.call("POST", "/site/builds/default/zipdeploy", {"properties": {}})
        assert (answer.status_code, answer.json()["Code"]) == (501, "NotImplemented")


class TestDomain:
    """Custom domains, and the DNS they are validated by."""

    @staticmethod
    def add(sites: Sites, name: str, method: str) -> requests.Response:
        return sites.call("PUT", f"/site/customDomains/{name}", {"properties": {"validationMethod": method}})

    @staticmethod
    def state(sites: Sites, name: str) -> dict[str, Any]:
        found: dict[str, Any] = sites.call("GET", f"/site/customDomains/{name}").json()["properties"]
        return found

    def test_by_a_cname_record(self, sites: Sites, simulator: Simulator) -> None:
        host = sites.create().properties.default_hostname
        validate = "/site/customDomains/www.example.com/validate"
        assert sites.call("POST", validate, {}).json()["Code"] == "BadRequest"
        assert self.add(sites, "www.example.com", "cname-delegation").status_code == 400
        simulator.hook("POST", "static-sites/dns", {"name": "www.example.com", "type": "CNAME", "value": host})
        assert sites.call("POST", validate, {}).status_code == 200
        body: Any = {"properties": {"validationMethod": "cname-delegation"}}
        name = "www.example.com"
        added = sites.api.begin_create_or_update_static_site_custom_domain("codex", "site", name, body).result()
        assert added.properties.status == "Ready"
        assert sites.api.get_static_site("codex", "site").properties.custom_domains == [name]
        assert self.add(sites, name, "cname-delegation").status_code == 200
        sites.api.begin_delete_static_site_custom_domain("codex", "site", name).result()
        assert list(sites.api.list_static_site_custom_domains("codex", "site")) == []

    @pytest.mark.parametrize(("name", "record"), [("example.com", ""), ("www.example.com", "_dnsauth.")])
    def test_by_a_txt_record(self, sites: Sites, simulator: Simulator, name: str, record: str) -> None:
        sites.create()
        assert self.add(sites, name, "dns-txt-token").status_code == 202
        until(lambda: self.state(sites, name)["status"] == "Validating", "the token")
        token = self.state(sites, name)["validationToken"]
        for value in ("another one", token):
            assert self.state(sites, name)["status"] == "Validating"
            simulator.hook("POST", "static-sites/dns", {"name": f"{record}{name}", "type": "TXT", "value": value})
        until(lambda: self.state(sites, name)["status"] == "Ready", "the validation")
        assert self.state(sites, name)["validationToken"] is None

    def test_belongs_to_one_site(self, sites: Sites) -> None:
        sites.create()
        sites.create("other")
        assert self.add(sites, "www.example.com", "dns-txt-token").status_code == 202
        body = {"properties": {"validationMethod": "dns-txt-token"}}
        refused = sites.call("PUT", "/other/customDomains/www.example.com", body)
        assert (refused.status_code, refused.json()["Code"]) == (409, "Conflict")

    def test_as_many_as_the_plan_allows(self, sites: Sites) -> None:
        sites.create()
        answers = [self.add(sites, f"w{number}.example.com", "dns-txt-token").status_code for number in range(3)]
        assert answers == [202, 202, 400]
        sites.create(sku="Standard")
        assert self.add(sites, "w2.example.com", "dns-txt-token").status_code == 202
        with pytest.raises(HttpResponseError, match="maximum number of custom domains"):
            sites.create(sku="Free")

    @pytest.mark.parametrize("name", ["example", "-a.example.com", "a_b.example.com", "xn--a.example.com"])
    def test_refuses_a_name(self, sites: Sites, name: str) -> None:
        sites.create()
        assert self.add(sites, name, "dns-txt-token").status_code == 400


class TestContent:
    """Uploads, and what is served."""

    def test_waits_for_content(self, sites: Sites) -> None:
        host = str(sites.create().properties.default_hostname)
        assert "waits for its content" in sites.page(host).text
        assert sites.builds()["default"]["status"] == "WaitingForDeployment"

    def test_serves_what_was_uploaded(self, sites: Sites) -> None:
        host = str(sites.create().properties.default_hostname)
        folder = sites.files(
            index__html="one", about__html="about", docs_index__html="docs", deep_a_b__css="c", **{"404__html": "none"}
        )
        done = sites.deploy(folder)
        assert done.returncode == 0, done.stdout + done.stderr
        assert f"Visit your site at: https://{host}\n" in done.stdout
        lines = ["Zipping App Artifacts", "Uploading build artifacts.", "Finished Upload.", "Status: ", "Exiting"]
        assert [line for line in lines if line not in done.stdout] == []
        assert "stand-in" in done.stdout and sites.token() not in done.stdout + done.stderr
        served = {
            path: sites.page(host, path).text
            for path in ("/", "/index.html", "/about", "/docs", "/docs/", "/deep/a/b.css")
        }
        assert list(served.values()) == ["one", "one", "about", "docs", "docs", "c"]
        missing = sites.page(host, "/nothing")
        assert (missing.status_code, missing.text) == (404, "none")
        first = sites.page(host)
        assert first.headers["content-type"].startswith("text/html")
        again = sites.page(host, headers={"If-None-Match": first.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
        assert sites.builds()["default"]["status"] == "Ready"
        assert sites.deploy(sites.files(index__html="two")).returncode == 0
        assert (sites.page(host).text, sites.page(host, "/about").status_code) == ("two", 404)

    @pytest.mark.parametrize(
        "path", ["/../store.sqlite", "/%2e%2e/%2e%2e/store.sqlite", "/..%2f..%2fca-key.pem", "/a%00"]
    )
    def test_nothing_outside_is_served(self, sites: Sites, path: str) -> None:
        host = str(sites.create().properties.default_hostname)
        assert sites.deploy(sites.files(index__html="one")).returncode == 0
        with socket.create_connection((host.partition(":")[0], 8443), PATIENCE_SECONDS) as plain:
            trust = ssl.create_default_context(cafile=sites.simulator.connection["ca_path"])
            with trust.wrap_socket(plain, server_hostname=host.partition(":")[0]) as secure:
                secure.sendall(f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
                answer = secure.recv(4096)
        assert answer.startswith((b"HTTP/1.1 404", b"HTTP/1.1 400")), answer

    def test_a_preview_has_an_address_of_its_own(self, sites: Sites) -> None:
        host = str(sites.create().properties.default_hostname)
        assert sites.deploy(sites.files(index__html="production")).returncode == 0
        for name in ("pr4", "pr42"):
            assert sites.deploy(sites.files(index__html=name), name).returncode == 0
        previews = {name: build["hostname"] for name, build in sites.builds().items()}
        served = {name: sites.page(address).text for name, address in previews.items()}
        assert served == {"default": "production", "pr4": "pr4", "pr42": "pr42"}
        sites.api.begin_delete_static_site_build("codex", "site", "pr4").result()
        assert sorted(sites.builds()) == ["default", "pr42"]
        assert (sites.page(host).text, sites.page(previews["pr42"]).text) == ("production", "pr42")
        closed = sites.deploy(sites.folder, "pr42", DEPLOYMENT_ACTION="close")
        assert (closed.returncode, list(sites.builds())) == (0, ["default"])

    def test_previews_have_an_end(self, sites: Sites) -> None:
        sites.create()
        folder = sites.files(index__html="one")
        codes = [sites.deploy(folder, f"pr{number}").returncode for number in range(4)]
        assert codes == [0, 0, 0, 1]
        assert "maximum number of staging environments (3)" in sites.deploy(folder, "pr3").stdout
        sites.create(stagingEnvironmentPolicy="Disabled")
        assert "not allowed" in sites.deploy(folder, "pr9").stdout

    @pytest.mark.parametrize("name", ["pr-42", "a_b", "a" * 17, "Default"])
    def test_refuses_a_preview_of_no_name(self, sites: Sites, name: str) -> None:
        host = str(sites.create().properties.default_hostname)
        refused = sites.deploy(sites.files(index__html="one"), name)
        assert refused.returncode == 1 and "The environment name provided" in refused.stdout
        assert list(sites.builds()) == ["default"]
        assert "waits for its content" in sites.page(host).text

    def test_a_token_that_was_reset_is_refused(self, sites: Sites) -> None:
        host = str(sites.create().properties.default_hostname)
        sites.create("site-2")
        old, other = sites.token(), sites.token("site-2")
        assert sites.deploy(sites.files(index__html="one")).returncode == 0
        reset: Any = {"properties": {}}
        sites.api.reset_static_site_api_key("codex", "site", reset)
        assert len({old, other, sites.token()}) == 3
        for token in (old, "wrong", ""):
            refused = sites.deploy(sites.files(index__html="two"), DEPLOYMENT_TOKEN=token)
            assert refused.returncode == 1
            assert "Deployment Failure Reason: Invalid API key." in refused.stdout
        assert sites.deploy(sites.files(index__html="two"), DEPLOYMENT_TOKEN=other).returncode == 0
        assert sites.page(host).text == "one"

    def test_an_upload_that_is_cut_leaves_the_old_page(self, sites: Sites) -> None:
        host = str(sites.create().properties.default_hostname)
        assert sites.deploy(sites.files(index__html="one")).returncode == 0
        with sites.connection() as connection:
            head = (
                f"POST /deployments HTTP/1.1\r\nHost: {stand_in_client.SERVER}\r\n"
                f"Authorization: Bearer {sites.token()}\r\nContent-Length: 100000\r\n\r\n"
            )
            connection.sendall(head.encode() + b"PK" + bytes(1000))
            until(lambda: sites.builds()["default"]["status"] == "Uploading", "the upload")
            assert sites.page(host).text == "one"
        assert sites.page(host).text == "one"
        assert sites.builds()["default"]["status"] == "Uploading"
        assert sites.deploy(sites.files(index__html="two")).returncode == 0
        assert (sites.page(host).text, sites.builds()["default"]["status"]) == ("two", "Ready")

    def test_refuses_what_it_does_not_simulate(self, sites: Sites) -> None:
        host = str(sites.create().properties.default_hostname)
        folder = sites.files(index__html="one", staticwebapp__config__json='{"routes": [], "auth": {}}')
        assert "does not simulate routes, auth" in sites.deploy(folder).stdout
        assert "does not simulate an API" in sites.deploy(folder, API_LOCATION="api").stdout
        assert "waits for its content" in sites.page(host).text

    def test_obeys_its_configuration(self, sites: Sites) -> None:
        host = str(sites.create().properties.default_hostname)
        configuration = """{"globalHeaders": {"X-Own": "1", "Referrer-Policy": ""}, "mimeTypes": {".x": "text/x"},
            "navigationFallback": {"rewrite": "/index.html", "exclude": ["*.{png,css}", "/api/*"]}}"""
        folder = sites.files(index__html="one", a__x="x", staticwebapp__config__json=configuration)
        done = sites.deploy(folder)
        assert done.returncode == 0, done.stdout
        page = sites.page(host, "/some/where")
        assert (page.status_code, page.text, page.headers["x-own"]) == (200, "one", "1")
        assert sites.page(host, "/a.x").headers["content-type"].startswith("text/x")
        for path in ("/a.png", "/api/x", "/staticwebapp.config.json"):
            assert sites.page(host, path).status_code == 404

    def test_content_survives_a_restart(self, sites: Sites, simulator: Simulator) -> None:
        host = str(sites.create().properties.default_hostname)
        assert sites.deploy(sites.files(index__html="one")).returncode == 0
        proxy = simulator.connection["https_proxy"]
        simulator.stop()
        simulator.start()
        assert (sites.page(host).text, simulator.connection["https_proxy"]) == ("one", proxy)

    def test_a_deployment_goes_on_after_a_kill(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Nothing of the new content is served before all of it is, whenever the simulator dies."""
        local = Simulator(tmp_path / "state", 1)
        local.start()
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", local.connection["ca_path"])
        try:
            sites = Sites(local, tmp_path)
            host = str(sites.create().properties.default_hostname)
            archive = tmp_path / "app.zip"
            with zipfile.ZipFile(archive, "w") as opened:
                opened.writestr("index.html", "one")
            with sites.connection() as connection:
                content = archive.read_bytes()
                head = (
                    f"POST /deployments HTTP/1.1\r\nHost: {stand_in_client.SERVER}\r\n"
                    f"Authorization: Bearer {sites.token()}\r\nContent-Length: {len(content)}\r\n\r\n"
                )
                connection.sendall(head.encode() + content)
                assert connection.recv(4096).startswith(b"HTTP/1.1 202")
            os.kill(json.loads((local.state_dir / "simulator.pid").read_text())["pid"], signal.SIGKILL)
            local.start()
            assert sites.builds()["default"]["status"] == "Deploying"
            assert "waits for its content" in sites.page(host).text
            local.pass_time(60)
            until(lambda: sites.page(host).text == "one", "the deployment")
        finally:
            local.stop()


class TestProxy:
    """The way from fixed names of the real service to the simulator."""

    def test_leads_nowhere_else(self, sites: Sites) -> None:
        proxy = sites.simulator.connection["https_proxy"]
        for host in ("registry.example", "127.0.0.1:22", "127.77.0.1"):
            with pytest.raises(requests.exceptions.ProxyError):
                requests.get(f"https://{host}/", proxies={"https": proxy}, timeout=PATIENCE_SECONDS)
        assert requests.get(proxy, timeout=PATIENCE_SECONDS).status_code == 405

    def test_hands_out_the_client_with_its_digest(self, sites: Sites) -> None:
        options: Any = {
            "proxies": {"https": sites.simulator.connection["https_proxy"]},
            "verify": sites.simulator.connection["ca_path"],
            "timeout": PATIENCE_SECONDS,
        }
        versions = requests.get("https://aka.ms/swalocaldeploy", **options).json()
        stable = next(one for one in versions if one["version"] == "stable")["files"]["linux-x64"]
        assert hashlib.sha256(requests.get(stable["url"], **options).content).hexdigest() == stable["sha"]
