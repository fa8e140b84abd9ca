# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files in directories where others may write as well, and whose writer may die at any moment. Private.

They are opened only if nobody else has laid them there, and made under another name first, so that each is there
completely or not at all: it gets its own with link(2), which replaces nothing, or with rename(2), which does.

Whoever may write in a directory can put a link, a pipe or a file of his own where we are about to write or read. So a
directory is opened first and looked at, and a file in it by its name, without following a link; what was opened is what
is looked at. A directory that several may write needs the sticky bit, or each could put his own files in place of
the others': U(https://man7.org/linux/man-pages/man7/inode.7.html).
"""

from __future__ import annotations

import contextlib
import errno
import grp
import os
import pathlib
import pwd
import stat
import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import OperationsError

_KINDS = (
    (stat.S_ISDIR, "a directory"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class Folder:
    """An open directory that has been looked at.

    :ivar descriptor: for functions that take C(dir_fd).
    """

    def __init__(self, path: pathlib.Path, descriptor: int) -> None:
        self.path = path
        self.descriptor = descriptor
        self._found = os.fstat(descriptor)
        _refuse_folder(path, self._found)

    @property
    def is_shared(self) -> bool:
        """Whether a group of several people may write here."""
        return bool(self._found.st_mode & stat.S_IWGRP) and not _is_own_group(self._found.st_gid)

    @property
    def file_mode(self) -> int:
        """The permissions of files that are for all who may write here: never for everybody."""
        return stat.S_IMODE(self._found.st_mode) & 0o660

    def open(self, name: str, flags: int, mode: int = 0o600, *, secret: bool = False) -> int:
        """Open or create a file; return its descriptor, which is not inherited.

        :param mode: of a file that is created, whatever the umask is.
        :param secret: whether nobody else may be able to read it.
        :raises OperationsError: C(UnsafeFile).
        :raises OSError: as open(2).
        """
        path = self.path / name
        # Emptied only once it is known what it is; a pipe without a reader must not keep us waiting.
        safe = (flags & ~(os.O_TRUNC | os.O_CREAT | os.O_EXCL)) | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        descriptor = -1
        if not flags & os.O_EXCL:
            with contextlib.suppress(FileNotFoundError):
                descriptor = self._open(path, safe)
        if descriptor < 0:
            if not flags & os.O_CREAT:
                raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(path))
            return self._create(path, safe, flags, mode, secret=secret)
        try:
            self._refuse(path, os.fstat(descriptor), flags, secret=secret)
            if flags & os.O_TRUNC:
                os.ftruncate(descriptor, 0)
        except BaseException:
            os.close(descriptor)
            raise
        return descriptor

    def create(
        self, name: str, content: bytes, temporary: str, check: t.Callable[[pathlib.Path], None] | None = None
    ) -> None:
        """Make a file, for this user only, that is there completely or not at all.

        :param temporary: the name it has before; one that nobody else has.
        :param check: is given the path of what was written, before it gets its name.
        :raises FileExistsError: when there is one of that name.
        """
        try:
            self.write(temporary, content)
            if check:
                check(self.path / temporary)
            self.link(temporary, name)
        finally:
            self.remove(temporary)
        self.sync()

    def write(self, name: str, content: bytes, mode: int = 0o600) -> None:
        """Write a file that is not there yet, and have its content on disk; C(sync) does that for its name."""
        with os.fdopen(self.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())

    def link(self, name: str, to: str) -> None:
        """Give a file another name too.

        :raises FileExistsError: when there is one of that name.
        """
        os.link(name, to, src_dir_fd=self.descriptor, dst_dir_fd=self.descriptor)

    def replace(self, name: str, to: str) -> None:
        """Have a file take the place of another one, or of none."""
        os.replace(name, to, src_dir_fd=self.descriptor, dst_dir_fd=self.descriptor)

    def remove(self, name: str) -> None:
        """Remove a file, if there is one."""
        with contextlib.suppress(FileNotFoundError):
            os.unlink(name, dir_fd=self.descriptor)

    def sync(self) -> None:
        """Have the names in it on disk."""
        os.fsync(self.descriptor)

    def _open(self, path: pathlib.Path, flags: int, mode: int = 0) -> int:
        try:
            return os.open(path.name, flags, mode, dir_fd=self.descriptor)
        except OSError as exc:
            if exc.errno in (errno.ELOOP, errno.EMLINK):  # EMLINK: FreeBSD
                raise _unsafe(path, "a symbolic link", "Name the file it leads to, or remove the link.") from exc
            if exc.errno in (errno.ENXIO, errno.EISDIR):  # nobody reads the pipe; or a directory
                raise _unsafe(path, _kind(os.lstat(path).st_mode)) from exc
            raise

    def _create(self, path: pathlib.Path, safe: int, flags: int, mode: int, *, secret: bool) -> int:
        try:
            descriptor = self._open(path, safe | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            if flags & os.O_EXCL:
                raise
            # Somebody was quicker, or a link leads nowhere: what is there now is looked at like anything else.
            return self.open(path.name, flags & ~os.O_CREAT, mode, secret=secret)
        if mode & 0o060:
            with contextlib.suppress(PermissionError):  # one who is not in the group shares with nobody
                os.fchown(descriptor, -1, self._found.st_gid)
        os.fchmod(descriptor, mode)
        return descriptor

    def _refuse(self, path: pathlib.Path, found: os.stat_result, flags: int, *, secret: bool) -> None:
        if not stat.S_ISREG(found.st_mode):
            raise _unsafe(path, _kind(found.st_mode))
        # Read it may be under another name too: a writer that was killed leaves his own temporary one.
        if found.st_nlink > 1 and flags & os.O_ACCMODE != os.O_RDONLY:
            raise _unsafe(path, "a file that has another name too (a hard link)")
        ours = found.st_gid == self._found.st_gid and self.is_shared
        if found.st_uid not in (0, os.geteuid(), self._found.st_uid) and not ours:
            raise _unsafe(path, f"a file of {_user(found.st_uid)}")
        if found.st_mode & stat.S_IWOTH:
            raise _unsafe(
                path, "a file that everybody may write", f"Once its content is known to be good: chmod o-w {path}"
            )
        if found.st_mode & stat.S_IWGRP and not ours and not _is_own_group(found.st_gid):
            raise _unsafe(
                path,
                f"a file that the group {_group(found.st_gid)} may write",
                f"Once its content is known to be good: chmod g-w {path}",
            )
        if secret and found.st_mode & (stat.S_IRGRP | stat.S_IROTH):
            raise _unsafe(path, "a file of secrets that others may read", f"Replace the secrets, and: chmod 600 {path}")


@contextlib.contextmanager
def opened(path: pathlib.Path) -> t.Iterator[Folder]:
    """Open a directory.

    :raises OperationsError: C(UnsafeFile), when somebody else may replace files in it, or it itself.
    :raises OSError: as open(2).
    """
    for link in (one for one in (path.absolute(), *path.absolute().parents) if one.is_symlink()):
        _refuse_link(link)
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield Folder(path, descriptor)
    finally:
        os.close(descriptor)


def open_file(path: pathlib.Path, flags: int, mode: int = 0o600, *, secret: bool = False) -> int:
    """Open or create one file; see C(Folder.open)."""
    with opened(path.parent) as folder:
        return folder.open(path.name, flags, mode, secret=secret)


def read(path: pathlib.Path, *, secret: bool = False) -> bytes:
    """Return what is in a file; see C(Folder.open)."""
    with os.fdopen(open_file(path, os.O_RDONLY, secret=secret), "rb") as file:
        return file.read()


@contextlib.contextmanager
def explained(folder: pathlib.Path | str, done: str, *, full: str, unusable: str) -> t.Iterator[None]:
    """Tell what goes wrong inside with a directory of the operator's.

    :param done: what cannot be done, such as C(written).
    :param full: the remedy where there is no space left; C(unusable) where anything else is in the way.
    :raises OperationsError: C(DestinationFull) or C(DestinationUnusable).
    """
    try:
        yield
    except OSError as exc:
        if exc.errno in _FULL:
            raise OperationsError(
                f"There is no space left in {folder}: {exc.strerror}", code="DestinationFull", remedy=full
            ) from exc
        raise OperationsError(
            f"The directory {folder} cannot be {done}: {exc.strerror or exc}",
            code="DestinationUnusable",
            remedy=unusable,
        ) from exc


def _refuse_link(path: pathlib.Path) -> None:
    """Refuse a link to a directory that somebody else laid where he may write."""
    owner, above = path.lstat().st_uid, path.parent.stat()
    if owner not in (0, os.geteuid(), above.st_uid):
        raise _unsafe(path, f"a symbolic link of {_user(owner)}", "Name the directory it leads to, or remove the link.")
    _refuse_folder(path.parent, above)


def _refuse_folder(path: pathlib.Path, found: os.stat_result) -> None:
    writers = "everybody" if found.st_mode & stat.S_IWOTH else ""
    if found.st_mode & stat.S_IWGRP and not _is_own_group(found.st_gid):
        writers = writers or f"the group {_group(found.st_gid)}"
    if writers and not found.st_mode & stat.S_ISVTX:
        raise _unsafe(
            path,
            f"a directory where {writers} may replace files",
            f"To share it: chmod +t {path}; to have it for one user only: chmod 700 {path}",
        )


def _is_own_group(gid: int) -> bool:
    """Whether a group is that of this user alone, which many systems give each user."""
    try:
        group, user = grp.getgrgid(gid), pwd.getpwuid(os.geteuid())
    except KeyError:
        return False
    return gid == user.pw_gid and group.gr_name == user.pw_name and set(group.gr_mem) <= {user.pw_name}


def _kind(mode: int) -> str:
    return next((words for test, words in _KINDS if test(mode)), "no ordinary file")


def _user(uid: int) -> str:
    with contextlib.suppress(KeyError):
        return f"the user {pwd.getpwuid(uid).pw_name}"
    return f"the user {uid}"


def _group(gid: int) -> str:
    with contextlib.suppress(KeyError):
        return grp.getgrgid(gid).gr_name
    return str(gid)


def _unsafe(path: pathlib.Path, what: str, remedy: str = "Remove it, or choose another directory.") -> OperationsError:
    return OperationsError(f"{path} is not used: it is {what}", code="UnsafeFile", remedy=remedy)
