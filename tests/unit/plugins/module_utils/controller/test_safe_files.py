"""What others may have laid where we read and write: refused by name, with the way out, and left as it is."""

from __future__ import annotations

import json
import os
import shutil
import stat
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.codexdominion.azure.plugins.module_utils._audit import _store
from ansible_collections.codexdominion.azure.plugins.module_utils._controller import _safe_files
from ansible_collections.codexdominion.azure.plugins.module_utils._controller._run_cache import RunCache
from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import OperationsError
from ansible_collections.codexdominion.azure.plugins.module_utils._dump._directory import Directory
from ansible_collections.codexdominion.azure.plugins.module_utils._lock._content import Lock
from ansible_collections.codexdominion.azure.plugins.module_utils._lock._directory import DirectoryStore

ALICE, BOB, TEAM = 40001, 40002, 42420
root_only = pytest.mark.skipif(os.geteuid() != 0, reason="only root can act for other users")


@pytest.fixture
def victim(tmp_path: Path) -> Path:
    """A file of ours that nobody may touch for us."""
    path = tmp_path / "victim"
    path.write_text("precious")
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A directory where others may lay files, as far as the sticky bit lets them."""
    path = tmp_path / "shared"
    path.mkdir()
    path.chmod(0o1777)
    return path


def _give(path: Path, uid: int = ALICE, gid: int = TEAM) -> Path:
    os.chown(path, uid, gid, follow_symlinks=False)
    return path


def _file(path: Path, mode: int = 0o600, content: str = "planted") -> Path:
    path.write_text(content)
    path.chmod(mode)
    return path


def _link(path: Path, target: Path) -> Path:
    path.symlink_to(target)
    return path


# What lies there instead, how it comes there, and what is said of it.
PLANTED: dict[str, tuple[Callable[[Path, Path], Any], str]] = {
    "a link": (lambda path, victim: path.symlink_to(victim), "it is a symbolic link"),
    "a link to nothing": (lambda path, victim: path.symlink_to(victim.with_name("new")), "it is a symbolic link"),
    "a link to a directory": (lambda path, victim: path.symlink_to(victim.parent), "it is a symbolic link"),
    "a hard link": (lambda path, victim: path.hardlink_to(victim), "another name too (a hard link)"),
    "a pipe": (lambda path, victim: os.mkfifo(path), "it is a pipe"),
    "a directory": (lambda path, victim: path.mkdir(), "it is a directory"),
    "a file for everybody": (lambda path, victim: _file(path, 0o666), "it is a file that everybody may write"),
}
PLANTED_BY_OTHERS: dict[str, tuple[Callable[[Path, Path], Any], str]] = {
    "a file of another": (lambda path, victim: _give(_file(path)), f"it is a file of the user {ALICE}"),
    "a file of another in our group": (
        lambda path, victim: _give(_file(path, 0o660), gid=0),
        f"it is a file of the user {ALICE}",
    ),
    "a file of a group": (
        lambda path, victim: _give(_file(path, 0o660), uid=0),
        f"it is a file that the group {TEAM} may write",
    ),
    "a link of another": (lambda path, victim: _give(_link(path, victim)), "it is a symbolic link"),
}
WRITERS: dict[str, tuple[str, Callable[[Path], Any]]] = {
    "the guard of locks": (".guard", lambda folder: _lock(folder).create(*_mine())),
    "the audit file": ("audit.jsonl", lambda folder: _store.to_file(folder / "audit.jsonl", b"{}\n")),
    "the lock of dumps": (".codex.lock", lambda folder: _enter(Directory(folder).exclusive("codex"))),
    "a file that is emptied": (
        "file",
        lambda folder: _safe_files.open_file(folder / "file", os.O_WRONLY | os.O_CREAT | os.O_TRUNC),
    ),
}


def _mine() -> tuple[Lock, str]:
    return Lock.new("s", "me", "", "an-id"), "an-id"


def _lock(folder: Path) -> DirectoryStore:
    return DirectoryStore(folder, "s")


def _enter(context: Any) -> None:
    with context:
        pass


def _refused(action: Callable[[], Any]) -> OperationsError:
    with pytest.raises(OperationsError) as caught:
        action()
    assert caught.value.code == "UnsafeFile" and caught.value.remedy
    return caught.value


def _state(path: Path) -> tuple[Any, ...]:
    found = path.lstat()
    content = path.read_bytes() if stat.S_ISREG(found.st_mode) else b""
    return found.st_mode, found.st_uid, found.st_size, found.st_mtime_ns, content


@pytest.mark.parametrize("writer", WRITERS)
@pytest.mark.parametrize("what", [*PLANTED, *(pytest.param(name, marks=root_only) for name in PLANTED_BY_OTHERS)])
def test_what_lies_there_is_not_written(what: str, writer: str, folder: Path, victim: Path) -> None:
    name, write = WRITERS[writer]
    plant, words = (PLANTED | PLANTED_BY_OTHERS)[what]
    plant(folder / name, victim)
    before = _state(folder / name), _state(victim)
    error = _refused(lambda: write(folder))
    assert str(error).startswith(f"{folder / name} is not used: ") and words in str(error)
    assert (_state(folder / name), _state(victim)) == before
    assert not victim.with_name("new").exists()


READERS: dict[str, tuple[str, Callable[[Path], Any]]] = {
    "a lock": ("s.lock", lambda folder: _lock(folder).read()),
    "a dump": ("x.dump", lambda folder: list(Directory(folder).read("x.dump"))),
    "a file": ("file", lambda folder: _safe_files.read(folder / "file")),
}


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize(
    "what",
    [
        *(name for name in PLANTED if name != "a hard link"),
        *(pytest.param(name, marks=root_only) for name in PLANTED_BY_OTHERS),
    ],
)
def test_what_lies_there_is_not_read(what: str, reader: str, folder: Path, victim: Path) -> None:
    name, read = READERS[reader]
    plant, words = (PLANTED | PLANTED_BY_OTHERS)[what]
    plant(folder / name, victim)
    assert words in str(_refused(lambda: read(folder)))


def test_what_was_made_by_us_is_used_again(folder: Path) -> None:
    for _ in range(2):
        for name, write in WRITERS.values():
            write(folder)
            assert stat.S_IMODE((folder / name).stat().st_mode) in (0o600, 0o660)
        (folder / "s.lock").unlink()


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077, 0o777])
def test_the_umask_changes_nothing(umask: int, tmp_path: Path) -> None:
    before = os.umask(umask)
    try:
        os.close(_safe_files.open_file(tmp_path / "private", os.O_WRONLY | os.O_CREAT))
        os.close(_safe_files.open_file(tmp_path / "shared", os.O_WRONLY | os.O_CREAT, 0o660))
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "private").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "shared").stat().st_mode) == 0o660


@pytest.mark.parametrize(
    ("mode", "gid", "refused"),
    [
        (0o700, 0, False),
        (0o755, 0, False),
        (0o750, TEAM, False),
        (0o1777, 0, False),
        (0o1770, TEAM, False),
        (0o3770, TEAM, False),
        (0o777, 0, True),
        (0o707, 0, True),
        (0o770, TEAM, True),
        (0o2775, TEAM, True),
    ],
)
@root_only
def test_directories(mode: int, gid: int, refused: bool, tmp_path: Path) -> None:
    """Where several may write, each has to be kept from the others' files."""
    folder = tmp_path / "folder"
    folder.mkdir()
    os.chown(folder, 0, gid)
    folder.chmod(mode)
    for _name, write in WRITERS.values():
        if refused:
            error = _refused(lambda write=write: write(folder))  # type: ignore[misc]
            assert f"chmod +t {folder}" in error.remedy
            assert list(folder.iterdir()) == []
        else:
            write(folder)


@root_only
def test_a_link_of_somebody_else_to_a_directory(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "private").mkdir(mode=0o700)
    link = folder / "locks"
    link.symlink_to(tmp_path / "private")
    _lock(link).create(*_mine())
    _lock(link / "below").create(*_mine())
    _give(link)
    for place in (link, link / "below"):
        error = _refused(lambda place=place: _lock(place).read())  # type: ignore[misc]
        assert str(error).startswith(f"{link} is not used: it is a symbolic link of the user")


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644])
def test_secrets_that_others_may_read(mode: int, tmp_path: Path) -> None:
    cache = RunCache(str(tmp_path))
    cache.get_or_make("token", lambda: {"token": "hush"})
    (entry,) = [path for path in tmp_path.iterdir() if not path.name.endswith(".lock")]
    assert stat.S_IMODE(entry.stat().st_mode) == 0o600
    entry.chmod(mode)
    error = _refused(lambda: RunCache(str(tmp_path)).get_or_make("token", dict))
    assert "others may read" in str(error)


# -- two users who share a directory ---------------------------------------------------------------------------------


@pytest.fixture
def team() -> Iterator[Path]:
    """A directory of a team, as docs/lock_and_audit.md says to make it, that all of its members can reach."""
    base = Path(tempfile.mkdtemp(dir="/tmp"))
    base.chmod(0o755)
    folder = base / "locks"
    folder.mkdir()
    os.chown(folder, 0, TEAM)
    folder.chmod(0o3770)
    yield folder
    shutil.rmtree(base)


def _as(uid: int, action: Callable[[], Any], *, groups: tuple[int, ...] = (TEAM,)) -> Any:
    """Do something as another user, in a process of its own; what it returns, or what it raised as text."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.setgroups(groups)
            os.setresgid(uid, uid, uid)
            os.setresuid(uid, uid, uid)
            answer: Any = action()
        except OperationsError as error:
            answer = f"{error.code}: {error}"
        except BaseException as error:
            answer = f"broke: {error!r}"
        os.write(writer, json.dumps(answer).encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        content = pipe.read()
    os.waitpid(child, 0)
    return json.loads(content)


def _holder(folder: Path) -> str | None:
    found = _lock(folder).read()
    return found.lock.owner if found and found.lock else None


def _take(folder: Path, who: str) -> bool:
    return _lock(folder).create(Lock.new("s", who, "", who), who)


def _take_over(folder: Path, who: str) -> bool:
    store = _lock(folder)
    found = store.read()
    return found is not None and store.replace(found, Lock.new("s", who, "x" * len(who) * 9, who), who)


def _break(folder: Path) -> bool:
    store = _lock(folder)
    found = store.read()
    return found is not None and store.remove(found, None)


@root_only
def test_two_users_of_a_group_share_locks(team: Path) -> None:
    """Each sees, respects, breaks and takes over the other's, though neither may remove or rename his files."""
    _take(team, "warm up"), _break(team)  # what is imported late is not readable for others
    for path in team.iterdir():
        path.unlink()
    assert _as(ALICE, lambda: _take(team, "alice")) is True
    assert _as(BOB, lambda: _holder(team)) == "alice"
    assert _as(BOB, lambda: _take(team, "bob")) is False
    assert _as(BOB, lambda: _take_over(team, "bob the second")) is True
    assert _as(ALICE, lambda: _holder(team)) == "bob the second"
    assert _as(ALICE, lambda: _break(team)) is True
    assert _as(BOB, lambda: _holder(team)) is None
    assert _as(BOB, lambda: _take(team, "bob")) is True
    assert _as(ALICE, lambda: _holder(team)) == "bob"
    assert _as(BOB, lambda: _break(team)) is True
    assert _as(BOB, lambda: _break(team)) is False
    assert _as(ALICE, lambda: _take(team, "alice")) is True
    assert _as(ALICE, lambda: _break(team)) is True
    assert {path.suffix or path.name for path in team.iterdir()} <= {".guard", ".lock"}
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o660 for path in team.iterdir())
    assert all(path.stat().st_gid == TEAM for path in team.iterdir())


@root_only
def test_nobody_else_takes_part(team: Path) -> None:
    _take(team, "warm up"), _break(team)
    assert _as(BOB, lambda: _take(team, "bob"), groups=()).startswith("LockDirectoryUnusable: ")


@root_only
def test_two_users_share_an_audit_file(team: Path) -> None:
    path = team / "audit.jsonl"
    path.touch()
    os.chown(path, 0, TEAM)
    path.chmod(0o660)
    for uid in (ALICE, BOB):
        assert _as(uid, lambda: _store.to_file(path, b"{}\n")) is None
    assert path.read_text() == "{}\n{}\n"


def test_a_file_is_made_whole_and_replaces_nothing(tmp_path: Path) -> None:
    seen: list[bytes] = []
    with _safe_files.opened(tmp_path) as folder:
        folder.create("file", b"first", ".temporary", lambda path: seen.append(path.read_bytes()))
        with pytest.raises(FileExistsError):
            folder.create("file", b"second", ".temporary")
        folder.write("next", b"third")
        with pytest.raises(FileExistsError):
            folder.link("next", "file")
        folder.replace("next", "file")
        folder.remove("next")
    assert seen == [b"first"]
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("file", b"third")]
    assert (tmp_path / "file").stat().st_mode & 0o777 == 0o600


def test_what_a_check_refuses_is_not_made(tmp_path: Path) -> None:
    def refuse(_: Path) -> None:
        raise OSError("not what was written")

    with _safe_files.opened(tmp_path) as folder, pytest.raises(OSError, match="not what was written"):
        folder.create("file", b"content", ".temporary", refuse)
    assert list(tmp_path.iterdir()) == []
