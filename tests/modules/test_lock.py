"""Locks and audit records: several runs at once, runs that die, files and blobs.

The blob cases run against Azurite where that is installed, see `tests/support/azurite.py`.
"""

from __future__ import annotations

import base64
import contextlib
import datetime
import ipaddress
import json
import os
import secrets
import subprocess
import sys
import time
import urllib.parse
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from ansible_collections.codexdominion.azure.plugins.module_utils._azure._credentials import RunCredential
from ansible_collections.codexdominion.azure.plugins.module_utils._azure._session import Session
from ansible_collections.codexdominion.azure.plugins.module_utils._controller import _operator
from ansible_collections.codexdominion.azure.plugins.module_utils._controller._run_cache import RunCache
from ansible_collections.codexdominion.azure.plugins.module_utils._lock._blob import BlobStore
from ansible_collections.codexdominion.azure.plugins.module_utils._lock._content import Lock, Store
from ansible_collections.codexdominion.azure.plugins.module_utils._lock._directory import DirectoryStore
from ansible_collections.codexdominion.azure.plugins.module_utils._lock._spec import SPEC
from ansible_collections.codexdominion.azure.plugins.module_utils._storage._blob_container import BlobContainer
from tests.support.azurite import azurite
from tests.support.invoke import invoke, problems
from tests.support.playbooks import COMMAND, ROOT
from tests.support.waiting import PATIENCE_SECONDS

Params = dict[str, Any]

# A stand-in for ansible-playbook, by its name: one task for each line of input. With an argument it dies, as by the
# power switch, at the nth call of a function: "os:link 1".
RUN = """
import json, os, pkgutil, signal, sys
from tests.support.invoke import invoke

if len(sys.argv) > 1:
    path, number = sys.argv[1].split()
    owner, _dot, name = path.rpartition("." if "." in path else ":")
    owner, original, calls = pkgutil.resolve_name(owner), pkgutil.resolve_name(path), []

    def deadly(*args, **kwargs):
        calls.append(args)
        if len(calls) == int(number):
            os.kill(os.getpid(), signal.SIGKILL)
        return original(*args, **kwargs)

    setattr(owner, name, deadly)
for line in sys.stdin:
    module, params = json.loads(line)
    print(json.dumps(invoke(module, params)), flush=True)
"""


class Run:
    """A process that does tasks as a run of ansible-playbook would, until it is killed."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        script = folder / "ansible-playbook"
        if not script.exists():  # another run may be reading it
            script.write_text(RUN, encoding="utf-8")
        self.process = subprocess.Popen(
            [sys.executable, script, *arguments],
            env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "collections")])},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def start(self, params: Params, module: str = "stack_lock") -> None:
        """Start a task."""
        assert self.process.stdin
        self.process.stdin.write(json.dumps([module, params]) + "\n")
        self.process.stdin.flush()

    def result(self) -> dict[str, Any]:
        """Return the result of the started task."""
        assert self.process.stdout
        return dict(json.loads(self.process.stdout.readline()))

    def do(self, params: Params, module: str = "stack_lock") -> dict[str, Any]:
        """Do a task."""
        self.start(params, module)
        return self.result()


@pytest.fixture
def runs(tmp_path: Path) -> Iterator[Callable[..., Run]]:
    """Starts runs; those that still go on at the end are killed."""
    started: list[Run] = []

    def start(*arguments: str) -> Run:
        started.append(Run(tmp_path, *arguments))
        return started[-1]

    yield start
    for run in started:
        run.process.kill()
        run.process.communicate()


@pytest.fixture(params=["directory", "blob"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Params:
    """Options of a stack that nobody has locked, in a place of its own."""
    name = {"name": f"stack-{uuid.uuid4().hex[:8]}"}
    if request.param == "directory":
        return {**name, "directory": str(tmp_path / "locks")}
    return {**name, **request.getfixturevalue("storage_account"), "container": f"c{uuid.uuid4().hex}"}


class TestLife:
    def test_taken_and_given_back(self, place: Params) -> None:
        assert invoke("stack_lock", {**place, "state": "examined"})["lock"] is None
        taken = invoke("stack_lock", {**place, "owner": "alice", "reason": "Umzug nach Köln\x1b[31m\n"})
        assert taken["changed"] and taken["lock"]["owner"] == "alice"
        held = {**place, "lock_id": taken["lock_id"]}
        again = invoke("stack_lock", held)
        assert not again["changed"] and again["lock_id"] == taken["lock_id"]
        examined = invoke("stack_lock", {**place, "state": "examined"})
        assert not examined["changed"]
        assert examined["lock"]["reason"] == "Umzug nach Köln [31m"
        assert taken["lock_id"] not in json.dumps(examined)
        released = invoke("stack_lock", {**held, "state": "released"})
        assert released["changed"] and released["former"]["owner"] == "alice"
        assert not invoke("stack_lock", {**held, "state": "released"})["changed"]
        assert invoke("stack_lock", place)["changed"]

    def test_somebody_elses_is_respected(self, place: Params) -> None:
        invoke("stack_lock", {**place, "owner": "alice", "reason": "redeploy"})
        refused = invoke("stack_lock", place)
        assert refused["failure"]["code"] == "StackLocked"
        assert "is locked by alice at" in refused["msg"] and "playbooks/break_lock.yml" in refused["msg"]
        foreign = invoke("stack_lock", {**place, "state": "released", "lock_id": str(uuid.uuid4())})
        assert foreign["failure"]["code"] == "LockNotOurs"
        assert invoke("stack_lock", {**place, "state": "examined"})["lock"]["owner"] == "alice"

    def test_broken_whoever_has_it(self, place: Params) -> None:
        taken = invoke("stack_lock", {**place, "owner": "alice"})
        broken = invoke("stack_lock", {**place, "state": "broken"})
        assert broken["changed"] and broken["former"]["owner"] == "alice"
        assert not invoke("stack_lock", {**place, "state": "broken"})["changed"]
        invoke("stack_lock", {**place, "owner": "bob"})
        late = invoke("stack_lock", {**place, "state": "released", "lock_id": taken["lock_id"]})
        assert late["failure"]["code"] == "LockNotOurs"

    def test_too_old_is_stale(self, place: Params) -> None:
        former = invoke("stack_lock", {**place, "owner": "alice"})
        time.sleep(2.1)  # the storage's clock counts in seconds
        refused = invoke("stack_lock", {**place, "max_age": 0})
        assert refused["failure"]["code"] == "StackLocked"
        taken = invoke("stack_lock", {**place, "owner": "bob", "max_age": 1})
        assert taken["changed"] and taken["former"]["stale_because"] == "it is older than 1s"
        assert "locked by alice" in taken["warnings"][0]
        lost = invoke("stack_lock", {**place, "state": "released", "lock_id": former["lock_id"]})
        assert lost["failure"]["code"] == "LockNotOurs"
        kept = invoke("stack_lock", {**place, "state": "released", "lock_id": taken["lock_id"]})
        assert kept["changed"]

    def test_check_mode_changes_nothing(self, place: Params) -> None:
        would = invoke("stack_lock", place, check_mode=True)
        assert would["changed"] and would["message"].endswith("would be locked")
        assert invoke("stack_lock", {**place, "state": "examined"})["lock"] is None
        taken = invoke("stack_lock", {**place, "owner": "alice"})
        waits = invoke("stack_lock", {**place, "wait_timeout": 60}, check_mode=True)
        assert not waits["changed"] and "a run would wait up to 1m00s" in waits["warnings"][0]
        for params in ({"state": "released", "lock_id": taken["lock_id"]}, {"state": "broken"}):
            assert invoke("stack_lock", {**place, **params}, check_mode=True)["changed"]
        foreign = {**place, "state": "released", "lock_id": waits["lock_id"]}  # as a playbook would go on
        assert not invoke("stack_lock", foreign, check_mode=True)["changed"]
        assert invoke("stack_lock", {**place, "state": "examined"})["lock"]["owner"] == "alice"


class TestStore:
    """What has changed since it was looked at is left alone: the same as two runs, without the luck of timing."""

    def test_only_what_was_seen_is_changed(self, place: Params) -> None:
        store, ids = self._store(place), [str(uuid.uuid4()) for _number in range(3)]
        locks = [Lock.new(place["name"], f"owner {number}", "", one) for number, one in enumerate(ids)]
        assert store.create(locks[0], ids[0])
        assert not store.create(locks[1], ids[1])
        seen = store.read()
        assert seen and seen.lock == locks[0]
        assert store.replace(seen, locks[1], ids[1])
        assert not store.replace(seen, locks[2], ids[2])
        assert not store.remove(seen, ids[0])
        assert not store.remove(seen, None)
        seen = store.read()
        assert seen and seen.lock == locks[1]
        assert store.remove(seen, ids[1])
        assert not store.remove(seen, ids[1])
        assert not store.replace(seen, locks[2], ids[2])
        assert store.read() is None

    def _store(self, place: Params) -> Store:
        if "directory" in place:
            return DirectoryStore(Path(place["directory"]), place["name"])
        params = SPEC.validate(place).validated_parameters
        return BlobStore(BlobContainer(Session(params, RunCache(None)), params), place["name"])


class TestSeveralRuns:
    def test_one_of_many_wins(self, place: Params, runs: Callable[..., Run]) -> None:
        all_runs = [runs() for _number in range(4)]
        for run in all_runs:
            run.do({**place, "state": "examined"})
        for run in all_runs:
            run.start(place)
        results = [run.result() for run in all_runs]
        assert sorted(one.get("failure", {}).get("code", "won") for one in results) == ["StackLocked"] * 3 + ["won"]
        winner = next(number for number, one in enumerate(results) if not one.get("failed"))
        examined = invoke("stack_lock", {**place, "state": "examined"})
        assert examined["lock"]["pid"] == all_runs[winner].process.pid

    def test_one_of_many_takes_a_stale_lock_over(self, place: Params, runs: Callable[..., Run]) -> None:
        dead, *living = [runs() for _number in range(4)]
        dead.do({**place, "owner": "alice"})
        for run in living:
            run.do({**place, "state": "examined"})
        dead.process.kill()
        dead.process.wait()
        for run in living:
            run.start(place)
        results = [run.result() for run in living]
        assert sorted(one.get("failure", {}).get("code", "won") for one in results) == ["StackLocked"] * 2 + ["won"]
        assert [one["former"]["owner"] for one in results if not one.get("failed")] == ["alice"]

    def test_the_other_waits_and_gets_it(self, place: Params, runs: Callable[..., Run]) -> None:
        first, second = runs(), runs()
        taken = first.do({**place, "owner": "alice"})
        second.start({**place, "owner": "bob", "wait_timeout": 60})
        with ThreadPoolExecutor(1) as pool:
            waiting = pool.submit(second.result)
            time.sleep(1)
            assert not waiting.done()
            assert first.do({**place, "state": "released", "lock_id": taken["lock_id"]})["changed"]
            got = waiting.result(timeout=PATIENCE_SECONDS)
        assert got["changed"] and got["lock"]["owner"] == "bob"
        assert got["former"] is None and "warnings" not in got

    def test_a_killed_run_holds_nothing(self, place: Params, runs: Callable[..., Run]) -> None:
        dead, living = runs(), runs()
        taken = dead.do({**place, "owner": "alice"})
        assert living.do(place)["failure"]["code"] == "StackLocked"
        dead.process.kill()  # not waited for: a zombie holds nothing either
        got = living.do({**place, "wait_timeout": 60})
        assert got["changed"] and got["former"]["pid"] == taken["lock"]["pid"]
        assert "locked by alice" in got["warnings"][0] and "has ended" in got["warnings"][0]

    def test_an_id_used_again_by_the_next_run_is_its_own(self, place: Params, runs: Callable[..., Run]) -> None:
        own = {**place, "lock_id": str(uuid.uuid4())}
        dead, living = runs(), runs()
        dead.do(own)
        dead.process.kill()
        dead.process.wait()
        got = living.do(own)
        assert got["changed"] and got["lock"]["pid"] == living.process.pid and "warnings" not in got

    def test_what_waits_for_a_killed_run_gives_up(self, place: Params, monkeypatch: pytest.MonkeyPatch) -> None:
        invoke("stack_lock", {**place, "owner": "alice"})
        monkeypatch.setattr(_operator, "run_process", lambda: _operator.Process(2**22 + 1, "1"))
        began = time.monotonic()
        assert invoke("stack_lock", {**place, "wait_timeout": 600})["failure"]["code"] == "StackLocked"
        assert time.monotonic() - began < 300

    @pytest.mark.parametrize("moment", ["os:fsync 1", "os:link 1", "os:fsync 2", "os:unlink 2"])
    def test_killed_while_locking(self, moment: str, tmp_path: Path, runs: Callable[..., Run]) -> None:
        place = {"name": "production", "directory": str(tmp_path / "locks")}
        self._killed(runs(moment), place)
        for _number in range(2):  # what it left does not get into the way of the next lock either
            taken = invoke("stack_lock", place)
            assert taken["changed"]
            assert invoke("stack_lock", {**place, "state": "examined"})["lock"]["readable"]
            assert invoke("stack_lock", {**place, "state": "broken"})["changed"]

    @pytest.mark.parametrize("moment", ["upload_blob", "acquire_lease"])
    def test_killed_while_locking_a_blob(self, moment: str, storage_account: Params, runs: Callable[..., Run]) -> None:
        place = {"name": "production", **storage_account, "container": f"c{uuid.uuid4().hex}"}
        self._killed(runs(f"azure.storage.blob:BlobClient.{moment} 1"), place)
        taken = invoke("stack_lock", place)
        assert taken["changed"]
        assert invoke("stack_lock", {**place, "state": "released", "lock_id": taken["lock_id"]})["changed"]

    def _killed(self, run: Run, place: Params) -> None:
        run.start(place)
        assert run.process.wait(timeout=PATIENCE_SECONDS) == -9
        lock = invoke("stack_lock", {**place, "state": "examined"})["lock"]
        assert lock is None or (lock["readable"] and lock["stale"])


class TestDirectory:
    def test_is_private_unless_it_exists(self, tmp_path: Path) -> None:
        invoke("stack_lock", {"name": "s", "directory": str(tmp_path / "a" / "locks")})
        assert (tmp_path / "a").stat().st_mode & 0o777 == 0o700
        assert (tmp_path / "a/locks").stat().st_mode & 0o777 == 0o700
        assert (tmp_path / "a/locks/s.lock").stat().st_mode & 0o777 == 0o600
        shared = tmp_path / "shared"
        shared.mkdir()
        shared.chmod(0o770)
        invoke("stack_lock", {"name": "s", "directory": str(shared)})
        assert {path.stat().st_mode & 0o777 for path in shared.iterdir()} == {0o660}

    def test_is_the_users_own_by_default(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
        assert invoke("stack_lock", {"name": "s"})["where"] == str(tmp_path / "codexdominion.azure/locks/s.lock")

    @pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"version": 2}', '{"version": 1, "pid": "x"}'])
    def test_what_is_no_lock_counts_as_one_until_it_is_old_or_broken(self, content: str, tmp_path: Path) -> None:
        place = {"name": "s", "directory": str(tmp_path)}
        (tmp_path / "s.lock").write_text(content, encoding="utf-8")
        refused = invoke("stack_lock", place)
        assert refused["failure"]["code"] == "StackLocked" and "cannot be read" in refused["msg"]
        assert not invoke("stack_lock", {**place, "state": "examined"})["lock"]["readable"]
        assert invoke("stack_lock", {**place, "state": "broken"})["changed"]
        (tmp_path / "s.lock").write_text(content, encoding="utf-8")
        os.utime(tmp_path / "s.lock", (0, 0))
        assert invoke("stack_lock", place)["changed"]

    def test_that_cannot_be_used(self, tmp_path: Path) -> None:
        (tmp_path / "file").touch()
        refused = invoke("stack_lock", {"name": "s", "directory": str(tmp_path / "file" / "locks")})
        assert refused["failure"]["code"] == "LockDirectoryUnusable" and refused["failure"]["remedy"]

    def test_a_killed_playbook_holds_nothing(self, tmp_path: Path) -> None:
        """The process in the lock is ansible-playbook itself, in both ways to run the module."""
        place = {"name": "production", "directory": str(tmp_path / "locks")}
        for in_process in ("1", "0"):
            with self._locking_playbook(tmp_path, place, in_process) as playbook:
                while not (lock := invoke("stack_lock", {**place, "state": "examined"})["lock"]):
                    assert playbook.poll() is None, playbook.communicate()[0]
                    time.sleep(0.2)
                assert lock["pid"] == playbook.pid and not lock["stale"]
            assert invoke("stack_lock", {**place, "state": "examined"})["lock"]["stale"]
            assert invoke("stack_lock", {**place, "state": "broken"})["changed"]

    @contextlib.contextmanager
    def _locking_playbook(self, folder: Path, place: Params, in_process: str) -> Iterator[subprocess.Popen[str]]:
        """Run a playbook that locks and goes on; it is killed at the end."""
        tasks = [
            {"codexdominion.azure.stack_lock": place},
            {"ansible.builtin.wait_for": {"path": str(folder / "never"), "timeout": 60}},
        ]
        file = folder / "lock.yml"
        file.write_text(json.dumps([{"hosts": "localhost", "gather_facts": False, "tasks": tasks}]), encoding="utf-8")
        interpreter = f"ansible_python_interpreter={sys.executable}"
        playbook = subprocess.Popen(
            [COMMAND, "-i", "localhost,", "-c", "local", "-e", interpreter, file],
            cwd=ROOT,
            env={**os.environ, "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), "CODEX_IN_PROCESS": in_process},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        try:
            yield playbook
        finally:
            playbook.kill()
            playbook.wait()
            if playbook.stdout:
                playbook.stdout.close()


class TestBlob:
    def test_only_the_id_opens_the_lease(self, storage_account: Params) -> None:
        from azure.core.credentials import AzureNamedKeyCredential
        from azure.core.exceptions import HttpResponseError
        from azure.storage.blob import BlobClient

        place = {"name": "production", **storage_account}
        taken = invoke("stack_lock", place)
        credential = AzureNamedKeyCredential("codextest", storage_account["storage_account_key"])
        with BlobClient.from_blob_url(taken["where"], credential=credential) as blob:
            assert blob.get_blob_properties().lease.duration == "infinite"
            with pytest.raises(HttpResponseError):
                blob.delete_blob()
        assert invoke("stack_lock", {**place, "state": "released", "lock_id": taken["lock_id"]})["changed"]

    def test_wrong_key(self, storage_account: Params) -> None:
        key = base64.b64encode(secrets.token_bytes(64)).decode()
        refused = invoke("stack_lock", {"name": "s", **storage_account, "storage_account_key": key})
        # Azure says AuthenticationFailed, Azurite says AuthorizationFailure.
        assert refused["failure"]["status"] == 403 and "storage_account_key" in refused["failure"]["remedy"]
        assert key not in json.dumps(refused)

    def test_nobody_there(self) -> None:
        params = {"name": "s", "storage_account_url": "http://127.0.0.1:1/x", "storage_account_key": "bm8="}
        assert invoke("stack_lock", params)["failure"]["code"] == "EndpointUnreachable"

    def test_with_the_identity_of_the_run(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        certificate, key = _certificate(tmp_path)
        scopes: list[str] = []

        def sign_in(_self: RunCredential, wanted: tuple[str, ...]) -> dict[str, Any]:
            scopes.extend(wanted)
            now = int(time.time())
            claims = {"iss": "https://sts.windows.net/t/", "aud": "https://storage.azure.com", "nbf": now, "iat": now}
            return {"token": jwt.encode({**claims, "exp": now + 3600}, secrets.token_hex(32)), "expires_on": now + 3600}

        monkeypatch.setattr(RunCredential, "_ask", sign_in)
        with azurite(tmp_path, "--oauth", "basic", "--cert", str(certificate), "--key", str(key)) as account:
            url = account["storage_account_url"].replace("http:", "https:")
            place = {"name": "production", "storage_account_url": url, "ca_path": str(certificate)}
            taken = invoke("stack_lock", place)
            assert taken["changed"], taken
            assert invoke("stack_lock", {**place, "state": "released", "lock_id": taken["lock_id"]})["changed"]
        assert set(scopes) == {"https://storage.azure.com/.default"}


def _certificate(folder: Path) -> tuple[Path, Path]:
    """Write a certificate for 127.0.0.1 that signs itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "azurite")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(minutes=5))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    files = folder / "certificate.crt", folder / "certificate.key"
    files[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    files[1].write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return files


class TestAudit:
    RECORD: Params = {"stack": "production", "action": "redeploy_backend", "result": "ok"}  # noqa: RUF012

    def test_many_runs_write_whole_lines(self, tmp_path: Path, runs: Callable[..., Run]) -> None:
        path = tmp_path / "audit.jsonl"
        params = {**self.RECORD, "path": str(path), "summary": "x" * 5000}
        both = [runs(), runs()]
        for _number in range(10):
            for run in both:
                run.start(params, "audit_record")
        written = [run.result()["record"] for run in both for _number in range(10)]
        lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        assert sorted(line["id"] for line in lines) == sorted(record["id"] for record in written)
        assert len({line["run_id"] for line in lines}) == 2

    def test_to_a_storage_account_too(self, tmp_path: Path, storage_account: Params) -> None:
        from azure.core.credentials import AzureNamedKeyCredential
        from azure.storage.blob import BlobClient

        params = {**self.RECORD, "path": str(tmp_path / "a"), **storage_account, "container": f"c{uuid.uuid4().hex}"}
        checked = invoke("audit_record", params, check_mode=True)
        results = [invoke("audit_record", params) for _number in range(2)]
        assert {one["url"] for one in [checked, *results]} == {checked["url"]}
        assert urllib.parse.urlsplit(checked["url"]).path.endswith(".jsonl")
        credential = AzureNamedKeyCredential("codextest", storage_account["storage_account_key"])
        with BlobClient.from_blob_url(checked["url"], credential=credential) as blob:
            lines = blob.download_blob().readall()
        assert lines == (tmp_path / "a").read_bytes()
        assert [json.loads(line) for line in lines.splitlines()] == [one["record"] for one in results]


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"name": ""}, ["name: '' is not valid"]),
        ({"name": ".hidden"}, ["name: '.hidden' is not valid"]),
        ({"name": "a/b"}, ["name: 'a/b' is not valid"]),
        ({"name": "s", "state": "released"}, ["lock_id"]),
        ({"name": "s", "lock_id": "1"}, ["lock_id: '1' is not a UUID"]),
        ({"name": "s", "wait_timeout": -1, "max_age": -1}, ["wait_timeout: -1", "max_age: -1"]),
        ({"name": "s", "storage_account_key": "bm8="}, ["needs storage_account_url"]),
        ({"name": "s", "storage_account_key": "hidden!"}, ["key: is not valid", "needs storage_account_url"]),
        ({"name": "s", "storage_account_url": "http://account.example"}, ["not an https URL", "http needs"]),
        ({"name": "s", "storage_account_url": "http://127.0.0.1:1/x"}, ["http needs storage_account_key"]),
        ({"name": "s", "storage_account_url": "https://a.example/?sig=x"}, ["is not an https URL"]),
        ({"name": "s", "storage_account_url": "https://a.example", "directory": "/tmp"}, ["mutually exclusive"]),
        ({"name": "s", "storage_account_url": "https://a.example", "container": "a--b"}, ["container: 'a--b'"]),
    ],
)
def test_bad_input(params: Params, expected: list[str]) -> None:
    found = problems("stack_lock", params)
    assert len(found) == len(expected)
    for problem, part in zip(found, expected, strict=True):
        assert part in problem and "hidden!" not in problem
