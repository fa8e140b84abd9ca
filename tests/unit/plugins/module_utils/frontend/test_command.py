"""Programs of Node: what they are given, how they end, what is shown of them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from ansible_collections.codexdominion.azure.plugins.module_utils._controller._run_cache import RunCache
from ansible_collections.codexdominion.azure.plugins.module_utils._core._context import Context
from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import OperationsError
from ansible_collections.codexdominion.azure.plugins.module_utils._frontend import _command, _upload
from ansible_collections.codexdominion.azure.plugins.module_utils._frontend._command import Ended, Node
from tests.support.waiting import until

NODE = Node("/opt/node/bin/node", "/opt/node/bin/npm", "20.0.0")


def programs(folder: Path, version: str) -> Path:
    """Make programs that say a version."""
    folder.mkdir()
    for name in ("node", "npm"):
        (folder / name).write_text(f"#!/bin/sh\necho {version}\n", encoding="utf-8")
        (folder / name).chmod(0o755)
    return folder


def test_node_is_found_and_held_against_the_project(tmp_path: Path) -> None:
    folder = str(programs(tmp_path / "bin", "v18.20.4"))
    assert _command.find_node(folder, ">=18").version == "18.20.4"
    assert _command.find_node(folder).npm == f"{folder}/npm"
    for wanted, words in (
        (">=20.9", "is Node 18.20.4, and the project's package.json asks for >=20.9"),
        ("lts", "lts"),
    ):
        with pytest.raises(OperationsError, match=words) as caught:
            _command.find_node(folder, wanted)
        assert caught.value.code == "NodeUnsuitable"
    (tmp_path / "bin" / "npm").unlink()
    with pytest.raises(OperationsError, match="There is no program npm") as caught:
        _command.find_node(folder)
    assert caught.value.code == "NodeMissing"


def test_no_credential_of_the_operator_gets_to_a_program(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AZURE_CLIENT_SECRET", "ARM_CLIENT_SECRET", "GITHUB_TOKEN", "VAULT_PASS", "NODE_ENV", "ANSIBLE_X"):
        monkeypatch.setenv(name, "x")
    for name in ("npm_config_registry", "HTTPS_PROXY", "LC_ALL", "HOME"):
        monkeypatch.setenv(name, "kept")
    found = _command.environment(NODE, {"NEXT_PUBLIC_API_URL": "https://api.example"})
    assert {found[name] for name in ("npm_config_registry", "HTTPS_PROXY", "LC_ALL", "HOME")} == {"kept"}
    assert found["PATH"].startswith("/opt/node/bin:")
    assert found["NEXT_PUBLIC_API_URL"] == "https://api.example"
    assert not {
        "AZURE_CLIENT_SECRET",
        "ARM_CLIENT_SECRET",
        "GITHUB_TOKEN",
        "VAULT_PASS",
        "NODE_ENV",
        "ANSIBLE_X",
    } & set(found)


def test_lines_are_plain_and_without_secrets(tmp_path: Path) -> None:
    shown: list[str] = []
    ctx = Context({}, False, RunCache(None), shown.append)
    script = r"import sys; print('\x1b[31mred\x1b[0m', '', 'token t0k3n!', sep='\n'); sys.exit(3)"
    ended = _command.run(ctx, [sys.executable, "-c", script], "it", cwd=tmp_path, env={}, timeout=60, hide=["t0k3n"])
    assert ended == Ended(3, ["red", "token ********!"])
    assert shown == ["it: red", "it: token ********!"]


def test_what_does_not_end_is_killed_with_all_it_has_started(tmp_path: Path) -> None:
    ctx = Context({}, False, RunCache(None), lambda _text: None)
    script = "sleep 600 & echo $! >child; echo started; wait"
    with pytest.raises(OperationsError, match="it said last: started") as caught:
        _command.run(ctx, ["/bin/sh", "-c", script], "it", cwd=tmp_path, env={"PATH": "/usr/bin:/bin"}, timeout=2)
    assert caught.value.code == "Timeout"
    child = (tmp_path / "child").read_text(encoding="utf-8").strip()

    def ended() -> bool:
        state = subprocess.run(["ps", "-o", "stat=", "-p", child], capture_output=True, text=True, check=False).stdout
        return not state.strip() or state.startswith("Z")

    until(ended, "the end of what it had started")


@pytest.mark.parametrize(
    ("lines", "code", "words"),
    [
        (["Deployment Failure Reason: Invalid API key."], "TokenInvalid", "run again"),
        (["Could not load StaticSitesClient metadata from remote."], "ClientUnavailable", "frontend_cli_environment"),
        (
            ["Deployment Failure Reason: It already has the maximum number of staging environments (3)."],
            "TooManyPreviews",
            "(3)",
        ),
        (["Deployment Failure Reason: Failure during content distribution."], "UploadFailed", "distribution"),
        (["We are currently experiencing problems communicating with our content server."], "UploadFailed", "server"),
        (["Upload Timed Out. Unsure if deployment was successful or not."], "UploadUncertain", "Run again"),
        (["Deployment Failure Reason: Something new."], "UploadFailed", "Something new"),
        (["Segmentation fault"], "UploadFailed", "Segmentation fault"),
    ],
)
def test_what_an_upload_says_is_one_line_with_what_to_do(lines: list[str], code: str, words: str) -> None:
    error = _upload.failed(Ended(1, ["Zipping App Artifacts", *lines, "Exiting"]))
    assert error.code == code
    assert words in str(error)
