"""The frontend of a stack, from its first deployment to its end, and as a browser sees it."""

from __future__ import annotations

import contextlib
import json
import ssl
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.simulator_fixture import TIME_SCALE, Simulator
from tests.support import browser
from tests.support.frontend import CLI, PROJECT, SAMPLE, needs_node
from tests.support.playbooks import ROOT
from tests.support.stack import Stack
from tests.support.waiting import PATIENCE_SECONDS, until

pytestmark = [pytest.mark.soak, needs_node]

API = "api.codex.example"
"""A name for the API that is not this machine's own, which browsers would trust without TLS."""
PICTURES = ROOT / "build" / "pictures"


@pytest.fixture(scope="module")
def azure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    """A local Azure of its own."""
    local = Simulator(tmp_path_factory.mktemp("frontend") / "azure", TIME_SCALE)
    local.start()
    yield local
    local.stop()


def stack(azure: Simulator, folder: Path, name: str, **variables: Any) -> Stack:
    """Return a stack with a frontend."""
    common = {
        "stack_frontend": True,
        "stack_check_targets": "tell",
        "stack_lock_directory": str(folder / "locks"),
        "stack_audit_path": str(folder / "audit.jsonl"),
        "backend_environment": {"PORT": "8001", "CORS_ENABLED": "true", "ALLOWED_ORIGINS": "https://codex.example"},
        "frontend_name": f"{name}-frontend",
        "frontend_project": str(PROJECT),
        "frontend_builds_directory": str(folder / "builds"),
        "frontend_cli_directory": str(CLI),
        "frontend_cli_environment": {
            "HTTPS_PROXY": "{{ rehearsal_azure['https_proxy'] }}",
            "NODE_EXTRA_CA_CERTS": "{{ rehearsal_azure['ca_path'] }}",
        },
    }
    return Stack(azure, folder, name, {**common, **variables})


def address(azure: Simulator, name: str) -> str:
    """Return where a site is served."""
    path = f"{azure.subscription}/resourceGroups/{name}-rg/providers/Microsoft.Web/staticSites/{name}-frontend"
    return f"https://{azure.call('GET', path, '2025-05-01').json()['properties']['defaultHostname']}"


def token(azure: Simulator, name: str) -> str:
    """Return the deployment token of a site."""
    path = f"{azure.subscription}/resourceGroups/{name}-rg/providers/Microsoft.Web/staticSites/{name}-frontend"
    return str(azure.call("POST", f"{path}/listSecrets", "2025-05-01").json()["properties"]["apiKey"])


def get(azure: Simulator, url: str) -> str:
    """Return a page."""
    tls = ssl.create_default_context(cafile=azure.connection["ca_path"])
    with urllib.request.urlopen(url, context=tls, timeout=PATIENCE_SECONDS) as answer:
        return str(answer.read().decode())


def allowed(azure: Simulator, name: str) -> str:
    """Return the backend's ALLOWED_ORIGINS."""
    path = f"{azure.subscription}/resourceGroups/{name}-rg/providers/Microsoft.ContainerInstance/containerGroups"
    group = azure.call("GET", f"{path}/{name}-api", "2023-05-01").json()
    variables = group["properties"]["containers"][0]["properties"]["environmentVariables"]
    return str(next(one["value"] for one in variables if one["name"] == "ALLOWED_ORIGINS"))


def is_uploading(azure: Simulator) -> bool:
    """Return whether the client of the Static Web Apps CLI runs for this local Azure."""
    ours = f"HTTPS_PROXY={azure.connection['https_proxy']}".encode()
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # it may end meanwhile
            is_client = b"StaticSitesClient" in (process / "cmdline").read_bytes()
            if is_client and ours in (process / "environ").read_bytes().split(b"\0"):
                return True
    return False


def text(words: str) -> tuple[str, str]:
    """Return the option that makes another page."""
    return "-e", json.dumps({"frontend_build_environment": {"PAGE_TEXT": words}})


def test_a_frontend_from_its_first_deployment_to_its_end(azure: Simulator, tmp_path: Path) -> None:
    azure.reset()
    page = stack(azure, tmp_path, "page")
    page.set_up()
    url = address(azure, "page")
    assert "<p>a page</p>" in get(azure, f"{url}/")
    assert page.address in get(azure, f"{url}/assets/app.js")
    assert allowed(azure, "page") == f"https://codex.example,{url}"

    verified = page.play("verify_stack")
    assert verified.code == 0, verified.output
    assert "15 of 15 checks passed" in verified.text()
    assert f"blocked by browsers: {page.address} (only told)" in verified.text()

    azure.forget()
    for playbook in ("setup_stack", "deploy_frontend", "update_env"):
        again = page.play(playbook)
        assert again.code == 0, again.output
        assert again.recap("page")["changed"] == 0, again.output
    assert azure.writes() == []

    checked = page.play("deploy_frontend", "--check", "--diff", *text("second"))
    assert checked.code == 0, checked.output
    assert "not known before" in checked.text()
    assert azure.writes() == []
    second = page.play("deploy_frontend", "-vvvv", *text("second"))
    assert second.code == 0, second.output
    assert "<p>second</p>" in get(azure, f"{url}/")
    assert token(azure, "page") not in second.output

    broken = page.play("deploy_frontend", "-e", json.dumps({"frontend_build_environment": {"FAIL": "no such page"}}))
    assert broken.code == 2 and "Type error: no such page" in broken.text(), broken.output
    assert "<p>second</p>" in get(azure, f"{url}/")

    back = page.play("rollback_frontend")
    assert back.code == 0, back.output
    assert "<p>a page</p>" in get(azure, f"{url}/")
    listed = page.play("list_frontend_releases")
    assert "2 build(s) of page-frontend, the newest first" in listed.text()
    assert [
        line.strip()[0] for line in listed.output.splitlines() if "page-frontend-2" in line and " files " in line
    ] == ["p", ">"]

    teardown = page.play("teardown_stack", "-e", "confirm=page")
    assert teardown.code == 0, teardown.output
    assert azure.call("GET", f"{azure.subscription}/resourceGroups/page-rg", "2022-09-01").status_code == 404
    records = [json.loads(line) for line in (tmp_path / "audit.jsonl").read_text(encoding="utf-8").splitlines()]
    results = {(one["action"], one["result"]) for one in records}
    assert {("deploy_frontend", "ok"), ("deploy_frontend", "unchanged"), ("rollback_frontend", "ok")} <= results


def test_a_run_that_is_killed_while_it_uploads_leaves_the_old_page(azure: Simulator, tmp_path: Path) -> None:
    azure.reset()
    page = stack(azure, tmp_path, "page")
    page.set_up()
    url = address(azure, "page")
    large = json.dumps({"frontend_build_environment": {"PAGE_TEXT": "large", "FILLING_MEGABYTES": "60"}})
    azure.fault("slow", path="^/deployments", method="POST", seconds=5)
    log = tmp_path / "log"
    with page.start("deploy_frontend", "-e", large, log=log):
        until(lambda: is_uploading(azure), "the upload")
    assert "<p>a page</p>" in get(azure, f"{url}/")
    after = page.play("deploy_frontend", "-e", large)
    assert after.code == 0, after.output
    assert "<p>large</p>" in get(azure, f"{url}/")


@pytest.mark.skipif(bool(browser.MISSING), reason=browser.MISSING)
def test_a_browser_shows_the_page_and_blocks_an_api_without_tls(azure: Simulator, tmp_path: Path) -> None:
    azure.reset()
    url_of_api = f"http://{API}:8001"
    page = stack(azure, tmp_path, "sample", frontend_project=str(SAMPLE), frontend_api_url=url_of_api)
    page.set_up()
    url = address(azure, "sample")
    host = page.address.removeprefix("http://").partition(":")[0]
    resolve = f"--host-resolver-rules=MAP {API} {host}"
    chromium = browser.Browser(azure.connection["ca_path"], tmp_path)

    blocked = chromium.open(url, resolve)
    assert blocked.texts["api"] == url_of_api
    assert blocked.texts["state"] == "unreachable"
    assert any("Mixed Content" in line and "has been blocked" in line for line in blocked.console), blocked
    verified = page.play("verify_stack", "-e", "frontend_check_mixed_content=fail")
    assert verified.code == 2 and f"blocked by browsers: {url_of_api}" in verified.text(), verified.output

    # Told to let it pass, the same page gets its answer: the origin is allowed, and nothing else stands in its way.
    allowing = (resolve, "--allow-running-insecure-content")
    shown = chromium.open(url, *allowing)
    assert (shown.texts["state"], shown.texts["version"]) == ("healthy", page.version())
    assert [line for line in shown.console if "Mixed Content" not in line] == []
    PICTURES.mkdir(parents=True, exist_ok=True)
    for name, options in (("frontend", allowing), ("frontend-blocked", (resolve,))):
        chromium.picture(url, PICTURES / f"{name}.png", *options)
        assert (PICTURES / f"{name}.png").stat().st_size > 1000
