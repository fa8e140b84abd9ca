"""The page of a site while somebody works on it: what was served is served until all of the new page is there."""

from __future__ import annotations

import ssl
import subprocess
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.codexdominion.azure.plugins.module_utils._frontend import _command
from tests.simulator_fixture import Simulator
from tests.support.frontend import CLI, CLI_PACKAGE, PROJECT, needs_node
from tests.support.invoke import CONNECTION, invoke

pytestmark = [pytest.mark.slow, needs_node]

SITE = "codex-frontend"
TAG = "codex-frontend"


class Page:
    """A site in a group, with what is built for it."""

    def __init__(self, simulator: Simulator, folder: Path) -> None:
        self.simulator, self.folder = simulator, folder
        settings = simulator.settings()
        self._connection = {name: settings[name] for name in CONNECTION}
        self.proxy = {"HTTPS_PROXY": settings["https_proxy"], "NODE_EXTRA_CA_CERTS": settings["ca_path"]}
        self._tls = ssl.create_default_context(cafile=settings["ca_path"])
        simulator.register("Microsoft.Web")
        self.group = simulator.group("rg")
        self.path = f"{self.group}/providers/Microsoft.Web/staticSites/{SITE}"
        self.run("static_web_app", location="eastus2")

    def attempt(self, module: str, **params: Any) -> dict[str, Any]:
        """Run a module on the site, whatever comes of it."""
        return invoke(module, {**self._connection, "resource_group": "rg", "name": SITE, **params})

    def run(self, module: str, **params: Any) -> dict[str, Any]:
        """Run a module on the site; it must not fail."""
        result = self.attempt(module, **params)
        assert not result.get("failed"), result
        return result

    def build(self, text: str, **environment: str) -> str:
        """Build a page with a text; returns the name of the build."""
        built = self.run(
            "static_web_app_build",
            project=str(PROJECT),
            builds_directory=str(self.folder),
            build_environment={"PAGE_TEXT": text, **environment},
        )
        return str(built["build"]["release"])

    def deploy(self, release: str, **params: Any) -> dict[str, Any]:
        """Try to deploy a build."""
        return self.attempt(
            "static_web_app_deployment",
            release=release,
            builds_directory=str(self.folder),
            cli_package=str(CLI_PACKAGE),
            cli_directory=str(CLI),
            **{"cli_environment": self.proxy, **params},
        )

    def site(self) -> dict[str, Any]:
        """Return the site as Azure has it."""
        return dict(self.simulator.call("GET", self.path, "2025-05-01").json())

    def token(self) -> str:
        """Return the deployment token."""
        answer = self.simulator.call("POST", f"{self.path}/listSecrets", "2025-05-01")
        return str(answer.json()["properties"]["apiKey"])

    def text(self) -> str:
        """Return the start page as it is served."""
        url = f"https://{self.site()['properties']['defaultHostname']}/"
        with urllib.request.urlopen(url, context=self._tls, timeout=60) as answer:
            return str(answer.read().decode())


@pytest.fixture
def page(simulator: Simulator, tmp_path: Path) -> Page:
    """A site that serves a page `first`."""
    found = Page(simulator, tmp_path / "builds")
    deployed = found.deploy(found.build("first"))
    assert deployed["changed"], deployed
    assert "<p>first</p>" in found.text()
    return found


def test_an_upload_that_fails_leaves_what_was_served(page: Page) -> None:
    second = page.build("second")
    faults: dict[str, dict[str, Any]] = {
        "cut": {"kind": "reset", "path": "^/deployments$", "method": "POST"},
        "refused": {"kind": "error", "path": "^/deployments$", "method": "POST", "status": 500, "code": "X"},
    }
    for name, fault in faults.items():
        page.simulator.fault(**fault, times=2)  # once is a hiccup, see the next test
        failed = page.deploy(second)
        assert failed.get("failed"), name
        assert failed["failure"]["code"] == "UploadFailed", failed
        assert "what was served before is served still" in failed["msg"], failed["msg"]
        assert page.token() not in str(failed)
        assert "<p>first</p>" in page.text()
    assert page.deploy(second)["changed"]
    assert "<p>second</p>" in page.text()


def test_a_hiccup_of_the_content_server_costs_nothing(page: Page) -> None:
    page.simulator.fault(kind="error", path="^/deployments$", method="POST", status=503, code="X")
    deployed = page.deploy(page.build("second"))
    assert deployed.get("changed"), deployed
    assert "<p>second</p>" in page.text()


def test_a_run_that_was_killed_before_it_could_remember_is_finished(page: Page) -> None:
    page.run("static_web_app", tags={"owner": "operations"}, append_tags=False)
    assert TAG not in page.site()["tags"]
    page.simulator.forget()
    again = page.deploy(page.build("first"))
    assert again["changed"]
    assert [one for one in page.simulator.writes() if "/deployments" in one] == []
    assert page.site()["tags"]["owner"] == "operations"
    assert page.site()["tags"][TAG].startswith(again["deployment"]["release"])


def test_what_somebody_else_has_uploaded_is_seen_and_replaced(page: Page) -> None:
    """By hand, with the CLI and without a marker: the tag still says what was deployed before."""
    ours = page.build("first")
    by_hand = page.folder.parent / "by-hand"
    by_hand.mkdir()
    (by_hand / "index.html").write_text("<p>by hand</p>", encoding="utf-8")
    swa = next(CLI.glob("*/node_modules/@azure/static-web-apps-cli/dist/cli/bin.js"))
    node = _command.find_node(None)
    variables = _command.environment(node, {**page.proxy, "SWA_CLI_DEPLOYMENT_TOKEN": page.token()})
    command = [node.path, str(swa), "deploy", str(by_hand), "--env", "production", "--no-use-keychain"]
    subprocess.run(command, env=variables, cwd=page.folder.parent, check=True, capture_output=True, timeout=180)
    assert "by hand" in page.text()
    checked = page.run("static_web_app_check", targets="tell")
    assert [one["check"] for one in checked["checks"] if not one["ok"]] == ["release"]
    build = page.run(
        "static_web_app_build",
        project=str(PROJECT),
        builds_directory=str(page.folder),
        build_environment={"PAGE_TEXT": "first"},
    )
    assert build["build"]["deploy"] and not build["build"]["made"] and build["build"]["release"] == ours
    assert page.deploy(ours)["changed"]
    assert "<p>first</p>" in page.text()


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"cli_environment": {"HTTPS_PROXY": "http://127.0.0.1:1"}}, "ClientUnavailable"),
        ({"node_directory": "/nowhere"}, "NodeMissing"),
    ],
)
def test_what_this_machine_lacks_is_said(page: Page, params: dict[str, Any], code: str) -> None:
    failed = page.deploy(page.build("second"), **params)
    assert failed["failure"]["code"] == code, failed
    assert "<p>first</p>" in page.text()
