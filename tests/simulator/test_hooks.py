"""Who may use the hooks: every one there is, by everybody who might try."""

from __future__ import annotations

import json
import os
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from azure_simulator.app import build
from azure_simulator.core.control import Control
from azure_simulator.settings import Account, Options, Settings
from tests.simulator_fixture import Simulator
from tests.support.local_azure import COMMAND
from tests.support.waiting import PATIENCE_SECONDS

KEY = "X-Simulator-Key"
FOREIGN: dict[str, tuple[dict[str, str | None], str]] = {
    "no key": ({KEY: None}, "HookKeyRequired"),
    "an empty key": ({KEY: ""}, "HookKeyRequired"),
    "another key": ({KEY: "x" * 43}, "HookKeyRequired"),
    "a key that goes on": ({KEY: "{key}x"}, "HookKeyRequired"),
    "a key in the wrong place": ({KEY: None, "Authorization": "Bearer {key}"}, "HookKeyRequired"),
    "a page elsewhere": ({"Origin": "https://pages.example"}, "ForeignOrigin"),
    "a page of another port": ({"Origin": "https://127.0.0.1:1"}, "ForeignOrigin"),
    "a page in a sandbox": ({"Origin": "null"}, "ForeignOrigin"),
    "a form of a page": ({"Sec-Fetch-Site": "cross-site"}, "ForeignOrigin"),
    "a name pointed here": ({"Host": "pages.example"}, "ForeignHost"),
    "a name with the right port": ({"Host": "pages.example:{port}"}, "ForeignHost"),
    "the name of this machine": ({"Host": "localhost:{port}"}, "ForeignHost"),
    "another port": ({"Host": "127.0.0.1:1"}, "ForeignHost"),
}


@pytest.fixture(scope="module")
def hooks(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, str]]:
    """Method and name of every hook, as the program itself has them: a new one is here by itself."""
    folder = tmp_path_factory.mktemp("routes")
    settings = Settings(folder, 1, Account.load(folder / "account.json"), Options(0), "key")
    context, _pipeline = build(settings)
    try:
        return Control(context).routes()
    finally:
        context.addresses.close()
        context.store.close()


@pytest.fixture
def session(simulator: Simulator) -> Iterator[requests.Session]:
    with requests.Session() as session:
        session.trust_env = False
        session.verify = simulator.connection["ca_path"]
        yield session


def _headers(simulator: Simulator, changes: dict[str, str | None]) -> dict[str, str | None]:
    key, port = simulator.connection["hook_key"], simulator.url.rpartition(":")[2]
    filled = {name: value and value.format(key=key, port=port) for name, value in changes.items()}
    return {**simulator.hook_headers, **filled}


def test_the_hooks_are_known(hooks: list[tuple[str, str]]) -> None:
    assert len(hooks) == len(set(hooks)) > 15
    assert {("POST", "identity/token"), ("POST", "reset"), ("GET", "health"), ("POST", "crash")} <= set(hooks)


@pytest.mark.parametrize("who", FOREIGN)
def test_foreigners_are_refused(
    simulator: Simulator, session: requests.Session, hooks: list[tuple[str, str]], who: str
) -> None:
    changes, code = FOREIGN[who]
    simulator.fault("slow", path="^/never$", seconds=1, times=None)
    before = simulator.hook("GET", "faults")
    headers = _headers(simulator, changes)
    for method, name in [*hooks, ("POST", "no-such-hook")]:
        answer = session.request(
            method, f"{simulator.url}/_simulator/{name}", json={}, headers=headers, timeout=PATIENCE_SECONDS
        )
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, code), (method, name)
        assert not [header for header in answer.headers if header.lower().startswith("access-control")]
        assert simulator.connection["hook_key"] not in answer.text
    assert simulator.hook("GET", "faults") == before
    assert simulator.call("GET", simulator.subscription, "2022-12-01").status_code == 200


def test_a_page_is_not_told_that_it_may(simulator: Simulator, session: requests.Session) -> None:
    asked = {"Origin": "https://pages.example", "Access-Control-Request-Method": "POST"}
    for path in ("/_simulator/identity/token", "/_simulator/reset"):
        answer = session.options(simulator.url + path, headers=asked, timeout=PATIENCE_SECONDS)
        assert answer.status_code == 403
        assert not [header for header in answer.headers if header.lower().startswith("access-control")]


def test_the_owner_may(simulator: Simulator, session: requests.Session, hooks: list[tuple[str, str]]) -> None:
    for method, name in hooks:
        headers = _headers(simulator, {"Origin": simulator.url, "Sec-Fetch-Site": "same-origin"})
        answer = session.request(
            method, f"{simulator.url}/_simulator/{name}", json={}, headers=headers, timeout=PATIENCE_SECONDS
        )
        assert answer.status_code in (200, 201, 204, 400), (method, name, answer.text)


def test_with_curl_as_documented(simulator: Simulator) -> None:
    command = ["curl", "--silent", "--cacert", simulator.connection["ca_path"], f"{simulator.url}/_simulator/health"]
    key_file = simulator.state_dir / "hook-key"
    environment = {"PATH": os.environ["PATH"], "NO_PROXY": "*"}
    opened = subprocess.run([*command, "-H", f"@{key_file}"], capture_output=True, text=True, env=environment)
    assert '"healthy"' in opened.stdout, opened
    closed = subprocess.run(command, capture_output=True, text=True, env=environment)
    assert "HookKeyRequired" in closed.stdout and "hook-key" in closed.stdout


def test_the_state_directory_is_its_owners(simulator: Simulator, tmp_path: Path) -> None:
    """Also one that was there before and stood open. The key stays; no two directories have the same."""
    state_dir = tmp_path / "state"
    state_dir.mkdir(mode=0o777)
    state_dir.chmod(0o777)
    keys: set[str] = set()
    for _ in range(2):
        subprocess.run(
            [COMMAND, "start", "--state-dir", state_dir], check=True, capture_output=True, timeout=PATIENCE_SECONDS
        )
        try:
            assert stat.S_IMODE(state_dir.stat().st_mode) == 0o700
            assert stat.S_IMODE((state_dir / "hook-key").stat().st_mode) == 0o600
            keys.add((state_dir / "hook-key").read_text())
            subprocess.run(
                [COMMAND, "reset", "--state-dir", state_dir], check=True, capture_output=True, timeout=PATIENCE_SECONDS
            )
        finally:
            subprocess.run(
                [COMMAND, "stop", "--state-dir", state_dir], check=True, capture_output=True, timeout=PATIENCE_SECONDS
            )
    assert len(keys) == 1 and simulator.connection["hook_key"] not in keys.pop()


@pytest.mark.skipif(not Path("/proc/self/net/tcp").exists(), reason="needs /proc")
def test_nothing_listens_where_others_can_reach_it(simulator: Simulator) -> None:
    """The simulator's own process: loopback addresses only."""
    simulator.register("Microsoft.ContainerRegistry", "Microsoft.KeyVault")
    path = f"{simulator.group('listens')}/providers/Microsoft.ContainerRegistry/registries/listening"
    simulator.call("PUT", path, "2023-07-01", {"location": "eastus", "sku": {"name": "Basic"}}).raise_for_status()
    pid = json.loads((simulator.state_dir / "simulator.pid").read_text())["pid"]
    sockets = {str(entry.readlink()) for entry in Path(f"/proc/{pid}/fd").iterdir() if entry.is_symlink()}
    heard = []
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            words = line.split()
            if words[3] == "0A" and f"socket:[{words[9]}]" in sockets:
                heard.append(words[1])
    # The last byte of an address comes first.
    assert len(heard) > 1 and all(address.partition(":")[0].endswith("7F") for address in heard), heard


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a directory away")
def test_a_state_directory_of_somebody_else(tmp_path: Path) -> None:
    os.chown(tmp_path, 65534, 65534)
    try:
        command = [str(COMMAND), "start", "--state-dir", str(tmp_path)]
        refused = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_SECONDS)
        assert refused.returncode == 1 and "belongs to another user" in refused.stderr
        assert list(tmp_path.iterdir()) == []
    finally:
        os.chown(tmp_path, 0, 0)
