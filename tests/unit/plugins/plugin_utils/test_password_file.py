"""A password and its successor as files encrypted with Ansible Vault."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from ansible import constants as C
from ansible.parsing.dataloader import DataLoader
from ansible.parsing.vault import VaultSecret

from ansible_collections.codexdominion.azure.plugins.module_utils._controller import _operator
from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import OperationsError
from ansible_collections.codexdominion.azure.plugins.module_utils._passwords._generated import CURRENT, NEXT
from ansible_collections.codexdominion.azure.plugins.plugin_utils._ansible_vault import AnsibleVault
from ansible_collections.codexdominion.azure.plugins.plugin_utils._password_file import FileStore

DEFAULT, PROD, OTHER = (
    ("default", VaultSecret(b"one")),
    ("prod", VaultSecret(b"two")),
    ("other", VaultSecret(b"three")),
)


def open_store(path: Path, *secrets: tuple[str, Any], vault_id: str | None = None) -> FileStore:
    """Open a store as a run with these secrets does."""
    return FileStore(path, AnsibleVault(secrets, vault_id))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "stack" / "secrets" / "password"


@pytest.fixture
def store(path: Path) -> FileStore:
    return open_store(path, DEFAULT)


def names(path: Path) -> list[str]:
    """Return what is in the folder of a file."""
    return sorted(one.name for one in path.parent.iterdir()) if path.parent.exists() else []


def test_a_file_is_encrypted_private_and_read_by_the_lookup(store: FileStore, path: Path) -> None:
    assert not store.holds(CURRENT) and store.read(CURRENT) is None
    assert store.create(CURRENT, "first")
    assert store.holds(CURRENT) and store.read(CURRENT) == "first"
    assert path.read_bytes().startswith(b"$ANSIBLE_VAULT;1.1;AES256\n")
    assert path.stat().st_mode & 0o777 == 0o600
    assert [folder.stat().st_mode & 0o777 for folder in (path.parent, path.parents[1])] == [0o700, 0o700]
    loader = DataLoader()
    loader.set_vault_secrets([DEFAULT])  # type: ignore[list-item]
    assert loader.get_text_file_contents(str(path)) == "first"
    assert names(path) == ["password"]


def test_it_is_never_written_over(store: FileStore, path: Path) -> None:
    store.create(CURRENT, "first")
    assert not store.create(CURRENT, "second")
    assert store.read(CURRENT) == "first"
    assert names(path) == ["password"]


def test_a_rotation(store: FileStore, path: Path) -> None:
    store.create(CURRENT, "first")
    store.create(NEXT, "second")
    assert (store.read(CURRENT), store.read(NEXT)) == ("first", "second")
    assert store.where(NEXT) == f"{path}.next"
    store.promote()
    assert (store.read(CURRENT), store.read(NEXT)) == ("second", None)
    store.delete(CURRENT)
    assert names(path) == []


@pytest.mark.parametrize(
    ("vault_id", "configured", "header"),
    [
        (None, None, b"$ANSIBLE_VAULT;1.1;AES256\n"),
        ("prod", None, b"$ANSIBLE_VAULT;1.2;AES256;prod\n"),
        (None, "prod", b"$ANSIBLE_VAULT;1.2;AES256;prod\n"),
        ("other", "prod", b"$ANSIBLE_VAULT;1.2;AES256;other\n"),
    ],
)
def test_the_secret_it_is_encrypted_with(
    path: Path, monkeypatch: pytest.MonkeyPatch, vault_id: str | None, configured: str | None, header: bytes
) -> None:
    monkeypatch.setitem(vars(C), "DEFAULT_VAULT_ENCRYPT_IDENTITY", configured)
    store = open_store(path, DEFAULT, PROD, OTHER, vault_id=vault_id)
    store.create(CURRENT, "first")
    assert path.read_bytes().startswith(header)
    # Any of the run's secrets decrypts.
    assert open_store(path, DEFAULT, PROD, OTHER).read(CURRENT) == "first"


@pytest.mark.parametrize(
    ("secrets", "vault_id", "code", "told"),
    [
        ((), None, "VaultSecretMissing", "--vault-id"),
        ((), "prod", "VaultSecretMissing", "ANSIBLE_VAULT_PASSWORD_FILE"),
        ((DEFAULT, OTHER), "prod", "VaultIdUnknown", "default, other"),
    ],
)
def test_without_its_secret_nothing_is_written(
    path: Path, secrets: tuple[Any, ...], vault_id: str | None, code: str, told: str
) -> None:
    store = open_store(path, *secrets, vault_id=vault_id)
    for step in (lambda: store.read(CURRENT), lambda: store.create(CURRENT, "first")):
        with pytest.raises(OperationsError) as caught:
            step()
        assert caught.value.code == code
        assert told in caught.value.remedy
    assert not path.parent.exists()


def test_an_interrupted_run_needs_no_secret_to_be_removed(store: FileStore, path: Path) -> None:
    store.create(CURRENT, "first")
    other = open_store(path)
    assert other.holds(CURRENT) and not other.holds(NEXT)
    other.delete(CURRENT)
    assert names(path) == []


def test_what_is_there_and_no_encrypted_password_is_left_alone(store: FileStore, path: Path) -> None:
    def refused() -> str:
        before = path.read_bytes()
        with pytest.raises(OperationsError) as caught:
            store.read(CURRENT)
        assert path.read_bytes() == before
        assert "plain text" not in str(caught.value)
        return caught.value.code

    _operator.make_private(path.parent)
    for content, code in (
        (b"plain text", "FileNotEncrypted"),
        (b"", "FileNotEncrypted"),
        (b"$ANSIBLE_VAULT;1.1;AES256\n1234\n", "VaultSecretWrong"),
        (AnsibleVault([PROD]).encrypt("password"), "VaultSecretWrong"),
        (AnsibleVault([DEFAULT]).encrypt("\n"), "PasswordEmpty"),
    ):
        path.write_bytes(content)
        assert refused() == code
    target = path.with_name("elsewhere")
    path.replace(target)
    path.symlink_to(target)
    assert refused() == "PasswordFileIsLink"
    path.unlink()
    path.mkdir()
    with pytest.raises(OperationsError) as caught:
        store.read(CURRENT)
    assert caught.value.code == "UnsafeFile"


def test_a_line_break_at_the_end_is_no_part_of_it(store: FileStore, path: Path) -> None:
    _operator.make_private(path.parent)
    path.write_bytes(AnsibleVault([DEFAULT]).encrypt("by hand\n"))
    assert store.read(CURRENT) == "by hand"


def test_a_secret_that_could_not_be_read_again_is_not_used(
    path: Path, store: FileStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(AnsibleVault, "decrypt", lambda *_arguments: "something else")
    with pytest.raises(OperationsError) as caught:
        store.create(CURRENT, "first")
    assert caught.value.code == "PasswordFileUnusable"
    assert names(path) == []


@pytest.mark.parametrize("step", ["fsync", "link", "unlink", "replace"])
def test_killed_at_any_step_leaves_whole_files(path: Path, store: FileStore, step: str) -> None:
    """A child is killed in the middle of a rotation; the next run ends it with the same password."""
    store.create(CURRENT, "first")
    child = os.fork()
    if not child:
        setattr(os, step, lambda *_arguments, **_options: os._exit(9))
        store.create(NEXT, "second")
        store.promote()
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9
    assert store.read(CURRENT) == "first"
    prepared = store.read(NEXT)
    assert prepared in (None, "second")
    assert (prepared == "second") is (step in ("unlink", "replace"))
    store.create(NEXT, "third")
    store.promote()
    assert store.read(CURRENT) == (prepared or "third")
    # What was left under another name is encrypted, and goes when it is old.
    for left in path.parent.glob(".password.*"):
        assert left.read_bytes().startswith(b"$ANSIBLE_VAULT;")
        os.utime(left, (0, 0))
    store.create(NEXT, "fourth")
    assert names(path) == ["password", "password.next"]


def test_many_at_once_make_one(path: Path) -> None:
    children = []
    for number in range(8):
        child = os.fork()
        if not child:
            os._exit(int(open_store(path, DEFAULT).create(CURRENT, f"password {number}")))
        children.append(child)
    made = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
    assert sorted(made) == [0] * 7 + [1]
    assert open_store(path, DEFAULT).read(CURRENT) == f"password {made.index(1)}"
    assert names(path) == ["password"]


@pytest.mark.skipif(os.getuid() == 0, reason="root may write anywhere")
def test_a_folder_that_may_not_be_written(path: Path, store: FileStore) -> None:
    _operator.make_private(path.parent)
    path.parent.chmod(0o500)
    with pytest.raises(OperationsError) as caught:
        store.create(CURRENT, "first")
    assert caught.value.code == "PasswordFileUnusable"


def test_a_full_disk_leaves_nothing(path: Path, store: FileStore) -> None:
    """The limit of a child's files stands for a full disk."""
    _operator.make_private(path.parent)
    child = os.fork()
    if not child:
        import resource
        import signal

        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (64, 64))
        try:
            store.create(CURRENT, "first")
        except OperationsError as error:
            os._exit(7 if error.code == "PasswordFileUnusable" else 8)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
    assert names(path) == []


def test_ansible_vault_itself_reads_it(path: Path, store: FileStore, tmp_path: Path) -> None:
    store.create(CURRENT, "first")
    password_file = tmp_path / "vault-password"
    password_file.write_text("one\n", encoding="utf-8")
    shown = subprocess.run(
        ["ansible-vault", "view", "--vault-password-file", password_file, path],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert shown.stdout.strip() == "first"
