"""A stack whose passwords are parts of its names: what is masked in a result is no name of anything."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.simulator_fixture import Simulator
from tests.support.stack import DATABASE, Stack

pytestmark = [pytest.mark.slow, pytest.mark.soak]

PASSWORD, BACKEND_PASSWORD = "db-server-7", "capsules"
OVERLAPPING = {
    **DATABASE,
    "database_server_name": f"data-{PASSWORD}-x",
    "database_name": f"{BACKEND_PASSWORD}_{PASSWORD}",
    "database_password": PASSWORD,
    "database_backend_password": BACKEND_PASSWORD,
    "database_backup_prefix": f"data-{PASSWORD}",
    "database_backup_drill_hourly_price": 0.02,
}
"""Passwords that are in the names of server, database, logins, tables, dumps, and folders."""


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    folder = tmp_path_factory.mktemp(f"azure-{PASSWORD}")
    local = Simulator(folder / "azure", 0)
    local.start()
    data = Stack(local, folder, "data", OVERLAPPING)
    data.set_up()
    yield data
    local.stop()


@pytest.mark.parametrize(
    ("playbook", "arguments", "changed"),
    [
        ("provision_database", (), 0),
        ("verify_stack", (), 0),
        ("backup_database", ("-e", "database_backup_verify=restore"), None),
        ("backup_database", ("-e", "database_backup_verify=none"), None),
        ("verify_backups", (), 0),
        ("drill_restore", (), None),
        ("restore_database", ("-e", "restore=latest", "-e", "confirm=data"), None),
        ("restore_database", ("-e", "restore=latest", "-e", "database_backup_restore_server=data-other"), None),
        ("provision_database", ("-e", f"database_backend_login={BACKEND_PASSWORD}_{PASSWORD}_backend_b"), None),
        ("verify_stack", ("-e", f"database_backend_login={BACKEND_PASSWORD}_{PASSWORD}_backend_b"), 0),
    ],
)
def test_everything_works_as_with_other_passwords(
    stack: Stack, playbook: str, arguments: tuple[str, ...], changed: int | None
) -> None:
    run = stack.play(playbook, *arguments)
    assert run.code == 0, run.output
    assert changed is None or run.recap("data")["changed"] == changed, run.output
    assert stack.health()["database"]["status"] == "healthy"
    if arguments[1:2] == ("database_backup_verify=none",):
        made = [path.name for path in (stack.azure.state_dir / "backups").iterdir() if path.suffix == ".json"]
        assert made and all(name.startswith(f"data-{PASSWORD}-2") for name in made)
