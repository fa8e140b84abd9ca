"""Rotations of the database's passwords, cut off at every write: what comes next goes on with what the server takes."""

from __future__ import annotations

import contextlib
import functools
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from ansible.parsing.vault import VaultSecret

from ansible_collections.codexdominion.azure.plugins.module_utils._controller._run_cache import RunCache
from ansible_collections.codexdominion.azure.plugins.module_utils._core._context import Context
from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import OperationsError
from ansible_collections.codexdominion.azure.plugins.module_utils._core._module import execute
from ansible_collections.codexdominion.azure.plugins.module_utils._passwords import _generated, _kept
from ansible_collections.codexdominion.azure.plugins.module_utils._passwords._generated import CURRENT, NEXT, Store
from ansible_collections.codexdominion.azure.plugins.module_utils._passwords._vault import VaultStore, WritableVault
from ansible_collections.codexdominion.azure.plugins.module_utils._postgresql import _api
from ansible_collections.codexdominion.azure.plugins.plugin_utils._ansible_vault import AnsibleVault
from ansible_collections.codexdominion.azure.plugins.plugin_utils._password_file import FileStore
from tests.simulator_fixture import Simulator
from tests.support.database_server import LOGIN, NAME, DatabaseServer
from tests.support.invoke import CONNECTION, problems
from tests.support.vault import Vault

pytestmark = pytest.mark.slow

LOGINS = ["backend_a", "backend_b"]
LET_IN = {"login_db": "postgres", "group": "backend"}


class _Killed(BaseException):
    """The run is gone: nobody catches it, and nothing after it is done."""


class _Cut:
    """Counts writes, and ends the run before or after one of them."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self.at = -1
        self.how = ""

    def wrap(self, name: str, write: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(write)
        def written(*args: Any, **options: Any) -> Any:
            self.seen.append(name)
            here = len(self.seen) - 1 == self.at
            if here and self.how.endswith("before"):
                self._end()
            answer = write(*args, **options)
            if here:
                self._end()
            return answer

        return written

    def _end(self) -> None:
        # Not one that is tried again: what a hiccup costs, the matrix of faults shows.
        raise _Killed if self.how.startswith("killed") else OperationsError("Azure refuses", code="Refused", status=403)


HOWS = [f"{end} {when}" for end in ("killed", "failed") for when in ("before", "after")]


class Kept:
    """A server whose administrator's and backend's passwords are kept, and rotated as the role does it.

    :param store: makes the store of one of the two by its name.
    """

    def __init__(self, server: DatabaseServer, store: Callable[[str], Store], folder: Path) -> None:
        self.server = server
        self._administrator, self._backend = store("administrator"), store("backend")
        self._settings = server.simulator.settings()
        self._cache = folder
        self.changes = 0

    def start(self) -> None:
        """Bring it to where a rotation begins."""
        self._make(self._administrator, "present")
        self._make(self._backend, "present", users=LOGINS)
        self.server.server(administrator_password=self._password())
        self.server.child("firewall_rule", name="tests", start_address="127.0.0.1")
        self._let_in(CURRENT)

    def rotate(self) -> None:
        """Do what the playbook does, in its order."""
        self.settle()
        self._make(self._backend, "next", users=LOGINS)
        self._let_in(NEXT)
        self._make(self._backend, "promoted")
        self._lock()
        self._make(self._administrator, "next", user=LOGIN)
        self.server.server(administrator_password=self._password(NEXT))
        self._settle(self._administrator, user=LOGIN, expected="next")

    def settle(self, *, check_mode: bool = False) -> list[dict[str, Any]]:
        """Do what every playbook begins with."""
        return [
            self._settle(self._administrator, check_mode=check_mode, user=LOGIN),
            self._settle(self._backend, check_mode=check_mode),
        ]

    def sign_in(self) -> None:
        """Expect that the administrator and the backend get in with what is kept."""
        with self.server.connect(password=self._password()):
            pass
        login, _colon, password = str(self._backend.read(CURRENT)).partition(":")
        with psycopg.connect(
            host=self.server.found["fully_qualified_domain_name"],
            user=login,
            password=password,
            dbname="postgres",
            sslmode="verify-full",
            sslrootcert=self._settings["ca_path"],
        ):
            pass

    def kept(self) -> list[str | None]:
        """Return everything that is kept."""
        return [store.read(which) for store in (self._administrator, self._backend) for which in (CURRENT, NEXT)]

    def _password(self, which: str = CURRENT) -> str:
        return str(self._administrator.read(which))

    def _make(self, store: Store, state: str, **options: Any) -> None:
        params = {"length": 32, "user": None, "users": None, "state": state, **options}
        _generated.bring(Context(params, False, RunCache(None), lambda _text: None), store)

    def _admin(self) -> dict[str, Any]:
        host = self.server.found["fully_qualified_domain_name"]
        return {"login_host": host, "login_user": LOGIN, "login_password": self._password(), "resource_group": None}

    def _run(self, module: str, **options: Any) -> None:
        given = {**self._admin(), "ca_cert": self._settings["ca_path"], **options}
        own = dict.fromkeys(CONNECTION)
        self.server.run(module, **{**own, **given})

    def _let_in(self, which: str) -> None:
        login, _colon, password = str(self._backend.read(which)).partition(":")
        self._run("postgresql_login", name=login, password=password, **LET_IN)

    def _lock(self) -> None:
        present = str(self._backend.read(CURRENT)).partition(":")[0]
        for login in LOGINS:
            if login != present:
                self._run("postgresql_login", name=login, state="locked")

    def _settle(self, store: Store, *, check_mode: bool = False, **options: Any) -> dict[str, Any]:
        azure = {name: self._settings[name] for name in CONNECTION}
        kept = {"resource_group": "rg", "server": NAME, "path": "/kept", "ca_cert": self._settings["ca_path"]}
        given = _kept.SPEC.validate({**azure, **kept, **options})
        assert not _kept.SPEC.problems(given)
        ctx = Context(given.validated_parameters, check_mode, RunCache(str(self._cache)), lambda _text: None)
        result = execute(lambda ctx: _kept.settle(ctx, store), ctx, diff_mode=True)
        assert not any(one in json.dumps(result) for one in (store.read(CURRENT), store.read(NEXT)) if one)
        if result.get("failed"):
            raise OperationsError(result["msg"], code=result["failure"]["code"])
        return {**result, "warnings": ctx.warnings}


@pytest.fixture
def kept(request: pytest.FixtureRequest, simulator: Simulator, tmp_path: Path) -> Kept:
    """Passwords in files, or in a key vault."""
    server = DatabaseServer(simulator, tmp_path)
    if getattr(request, "param", "file") == "file":
        vault = AnsibleVault([("default", VaultSecret(b"of the vault"))])
        made = Kept(server, lambda name: FileStore(tmp_path / "secrets" / name, vault), tmp_path)
    else:
        url = Vault(simulator, "kv-kept").url
        settings = simulator.settings()
        params = {**{name: settings[name] for name in CONNECTION}, "auth": "service_principal", "vault_url": url}
        context = Context(params, False, RunCache(str(tmp_path)), lambda _text: None)
        made = Kept(server, lambda name: VaultStore(WritableVault(params, context.session), name), tmp_path)
    made.start()
    return made


@contextlib.contextmanager
def _cut(monkeypatch: pytest.MonkeyPatch, at: int = -1, how: str = "") -> Iterator[_Cut]:
    cut = _Cut()
    cut.at, cut.how = at, how
    with monkeypatch.context() as patched:
        for kind, name in (
            (FileStore, "create"),
            (FileStore, "promote"),
            (WritableVault, "set"),
            (WritableVault, "disable"),
            (_api.ServerApi, "update"),
        ):
            patched.setattr(kind, name, cut.wrap(name, getattr(kind, name)))
        patched.setattr(psycopg.Connection, "execute", _writes_only(cut, psycopg.Connection.execute))
        yield cut


def _writes_only(cut: _Cut, execute_statement: Callable[..., Any]) -> Callable[..., Any]:
    """Count the statements that change logins."""
    counted = cut.wrap("statement", execute_statement)

    def executed(self: Any, query: Any, *args: Any, **options: Any) -> Any:
        text = query if isinstance(query, str) else query.as_string(self) if hasattr(query, "as_string") else ""
        writes = text.startswith(("CREATE ROLE", "ALTER ROLE", "GRANT"))
        return (counted if writes else execute_statement)(self, query, *args, **options)

    return executed


@pytest.mark.soak
@pytest.mark.parametrize("kept", ["file", "vault"], indirect=True)
def test_a_rotation_that_is_cut_off_at_any_write(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    kept.rotate()  # each login comes to be once
    with _cut(monkeypatch) as good:
        kept.rotate()
    assert {"update", "statement"} < set(good.seen)
    kept.sign_in()
    for at in range(len(good.seen)):
        for how in HOWS:
            where = f"{how} write {at} of {good.seen}"
            with _cut(monkeypatch, at, how) as cut, pytest.raises((_Killed, AssertionError, OperationsError)):
                kept.rotate()
            assert len(cut.seen) == at + 1, where
            before = kept.kept()
            rehearsed = kept.settle(check_mode=True)
            assert kept.kept() == before, where
            done = kept.settle()
            for one in (rehearsed, done):
                assert [two["warnings"] for two in one] == [[], []], where
            known = [two for two in rehearsed if two["verdict"] != "unknown"]
            assert all(two["changed"] is done[rehearsed.index(two)]["changed"] for two in known), where
            kept.sign_in()
            assert not any(two["changed"] for two in kept.settle()), where
        # Whatever was left is used up by a rotation that is not cut off.
        kept.rotate()
        kept.sign_in()
        assert kept.kept()[1::2] == [None, None]


def test_without_a_rotation_nothing_is_asked(kept: Kept) -> None:
    kept.server.simulator.forget()
    assert [one["verdict"] for one in kept.settle()] == ["none", "none"]
    asked = [entry["path"] for entry in kept.server.simulator.requests() if "flexibleServers" in entry["path"]]
    assert not asked


def test_a_server_that_takes_neither_is_told_what_mends_it(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    with _cut(monkeypatch, 0, "killed after"), pytest.raises(_Killed):
        kept._make(kept._administrator, "next")
    kept.server.server(administrator_password="Changed-by-hand-1")
    administrator, backend = kept.settle()
    assert (administrator["verdict"], administrator["changed"]) == ("neither", False)
    assert "ansible-playbook playbooks/provision_database.yml" in administrator["warnings"][0]
    assert backend["warnings"] == []
    with pytest.raises(OperationsError, match="takes neither"):
        kept._settle(kept._administrator, user=LOGIN, expected="next")


@pytest.mark.parametrize("state", ["stopped", "gone"])
def test_a_server_that_cannot_be_asked_changes_nothing(kept: Kept, state: str) -> None:
    kept._make(kept._administrator, "next", user=LOGIN)
    if state == "stopped":
        kept.server.server(state="stopped")
    else:
        kept.server.server(state="absent", force=True)
    before = kept.kept()
    assert [one["verdict"] for one in kept.settle()] == ["unknown", "none"]
    assert kept.kept() == before


def test_bad_input_is_named() -> None:
    given = {"resource_group": "rg", "server": "NO!", "path": "relative", "timeout": 0}
    found = problems("postgresql_kept_password", given)
    assert sorted(one.partition(":")[0] for one in found) == ["path", "server", "timeout"]
    missing = problems("postgresql_kept_password", {"resource_group": "rg", "server": "db"})
    assert any("path, vault_url" in one for one in missing)
