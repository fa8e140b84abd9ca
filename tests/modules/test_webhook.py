"""Sending a result to an address that is a secret: nothing that Ansible can be asked to print shows it."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.playbooks import ROOT, run_playbook

pytestmark = pytest.mark.slow

SECRET = "a-path-that-nobody-may-know"
LOUDEST = {
    "ANSIBLE_DEBUG": "1",
    "ANSIBLE_CALLBACK_PLUGINS": str(ROOT / "tests" / "support" / "callbacks"),
    "ANSIBLE_CALLBACKS_ENABLED": "spy",
}


@pytest.fixture
def hook() -> Iterator[tuple[str, list[Any]]]:
    """The address of a webhook that answers with the status in its path, and what it has taken."""
    taken: list[Any] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            status = int(self.path.rpartition("/")[2])
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if status == 200:
                taken.append(json.loads(body))
            self.send_response(status)
            self.send_header("Location", f"http://127.0.0.1:1/{SECRET}")
            self.end_headers()

        def log_message(self, *_args: object) -> None:
            """Say nothing."""

    server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/{SECRET}/", taken
    server.shutdown()
    server.server_close()


def test_no_output_shows_the_address_of_a_result(hook: tuple[str, list[Any]], tmp_path: Path) -> None:
    base, taken = hook
    addresses = [f"{base}200", f"{base}500", f"{base}302", f"http://127.0.0.1:1/{SECRET}", f"no address {SECRET}"]
    (tmp_path / "azure.json").write_text("{}")
    (tmp_path / "hosts.yml").write_text(
        yaml.safe_dump({"all": {"hosts": {f"s{number}": {"hook": one} for number, one in enumerate(addresses)}}})
    )
    role = {"name": "codexdominion.azure.database_backup", "tasks_from": "report"}
    play = {
        "hosts": "all",
        "connection": "local",
        "gather_facts": False,
        "vars": {
            "database_backup_webhook_url": "{{ hook }}",
            "database_backup_result": {"stack": "codex", "result": "ok", "message": "done"},
            "stack_resource_group": "rg",
            "stack_location": "eastus",
            "database_server_name": "server",
        },
        "tasks": [{"ansible.builtin.include_role": {**role, "rolespec_validate": False}}],
    }
    (tmp_path / "play.yml").write_text(yaml.safe_dump([play]))
    run = run_playbook(
        tmp_path / "play.yml", "-vvvvvv", state_dir=tmp_path, inventory=tmp_path / "hosts.yml", environment=LOUDEST
    )
    assert run.code == 0, run.output[-4000:]
    assert "spy {'url_variable'" in run.output, "it was as loud as it can be"
    assert SECRET not in run.output
    assert [one["stack"] for one in taken] == ["codex"]
    for words, times in (("status 500", 1), ("status 302", 1), ("no answer", 2)):
        assert run.text().count(f"database_backup_webhook_url: {words}") >= times
