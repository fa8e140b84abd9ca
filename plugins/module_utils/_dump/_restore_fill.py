# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A dump, or a part of it, goes into a new database by means of pg_restore. Private to this collection."""

from __future__ import annotations

import contextlib
import re
import subprocess
import tempfile
import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import OperationsError
from ansible_collections.codexdominion.azure.plugins.module_utils._core._spec import Params
from ansible_collections.codexdominion.azure.plugins.module_utils._dump import (
    _database_properties,
    _programs,
    _restore_list,
    _restore_rights,
)
from ansible_collections.codexdominion.azure.plugins.module_utils._dump._programs import Program
from ansible_collections.codexdominion.azure.plugins.module_utils._dump._restore_list import Entry

OWN_SEARCH_PATH = "own"

_NO_SEARCH_PATH = re.compile(rb"SELECT pg_catalog\.set_config\('search_path', '', false\);")
_LONGEST_HEAD = 64 * 1024
"""The statement above stands among the first ones."""

_EXCLUDE = '-e \'{{"database_backup_restore_exclude": ["{}"]}}\''
_IGNORE = re.IGNORECASE
_EXTENSION = re.compile(r'extension "([^"]+)"')
_OF_EXTENSION = re.compile(r"create extension|control file|extension .* not (?:available|allow-?listed)", _IGNORE)
_COMMENT = re.compile(
    r"COMMENT ON|must be owner of (?:extension|language|database|large object|event trigger)", _IGNORE
)
_NOT_FOUND = re.compile(
    r"(?:function|relation|type|aggregate|schema|text search \w+|operator)\b.* does not exist", _IGNORE
)
_ROLE = re.compile(r"role .+ does not exist", _IGNORE)


class Filling:
    """What of a dump is restored, and how.

    :param path: the dump on this host.
    :param params: the options of the module; C(login_db) is the database to fill.
    :param left: how many seconds are left.
    """

    def __init__(self, path: str, params: Params, bin_dir: str | None, left: t.Callable[[], float]) -> None:
        self._path, self._params, self._left = path, params, left
        self._pg_restore, self._bin_dir = Program("pg_restore", bin_dir), bin_dir
        everything = self._list()
        self.entries = self._choose(everything)
        self.is_part = len(self.entries) < len(everything)

    def _list(self) -> list[Entry]:
        arguments = ["--list", "--verbose", self._path]
        with self._pg_restore.running(arguments, self._params, self._left(), stdout=subprocess.PIPE) as run:
            listed = b"".join(run.output()).decode(errors="replace")
            run.end("Reading the dump")
        return _restore_list.parse(listed)

    def _choose(self, entries: list[Entry]) -> list[Entry]:
        schemas, tables = self._params["schemas"], self._params["tables"]
        try:
            if schemas or tables:
                entries = _restore_list.only(entries, schemas, tables)
            return _restore_list.without(entries, self._params["exclude"])
        except _restore_list.NothingNamedSoError as exc:
            raise OperationsError(
                f"What is to be restored cannot be chosen: {exc}",
                code="ObjectNotFound",
                remedy="Name it as `pg_restore --list` shows it, from the word for its kind on, such as EXTENSION"
                " pg_cron or FUNCTION public.f(); a table as schema.table.",
            ) from exc

    def run(self, properties: _database_properties.Database) -> None:
        """Fill the database.

        :param properties: of the database that was dumped.
        :raises OperationsError: with a remedy that names the option for what went wrong.
        """
        arguments = [] if self._params["ownership"] else ["--no-owner", "--no-privileges"]
        if not self._params["comments"]:
            arguments.append("--no-comments")
        doing = f"Restoring into {self._params['login_db']}"
        try:
            with self._chosen(self.entries) as chosen:
                if self._params["search_path"]:
                    self._through_psql([*arguments, *chosen], self._search_path(properties), doing)
                    return
                arguments = ["--exit-on-error", f"--jobs={self._params['jobs']}", *arguments, *chosen]
                arguments.append(_programs.target(self._params["login_db"]))
                with self._pg_restore.running([*arguments, self._path], self._params, self._left()) as run:
                    run.end(doing)
        except OperationsError as error:
            raise explain(error, search_path=bool(self._params["search_path"])) from error

    def _search_path(self, properties: _database_properties.Database) -> str:
        wanted: str = self._params["search_path"]
        return properties.search_path if wanted == OWN_SEARCH_PATH else wanted

    def _through_psql(self, arguments: list[str], search_path: str, doing: str) -> None:
        """Restore as a script with another search path: pg_restore itself has none."""
        quoted = search_path.replace("'", "''").encode()
        statement = b"SELECT pg_catalog.set_config('search_path', '%b', false);" % quoted
        psql = Program("psql", self._bin_dir)
        into = ["--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", _programs.target(self._params["login_db"])]
        with (
            self._pg_restore.running(
                [*arguments, "--file=-", self._path], self._params, self._left(), stdout=subprocess.PIPE
            ) as script,
            psql.running(into, self._params, self._left(), stdin=subprocess.PIPE) as run,
        ):
            # It reads all of it, unless something goes wrong: then that is what is told.
            if all(run.feed(chunk) for chunk in _with_search_path(script.output(), statement)):
                script.end(doing)
            run.end(doing)

    def rights(self) -> list[_restore_rights.Statement]:
        """Return who is to have which rights."""
        entries = _restore_list.rights(self.entries)
        if not entries:
            return []
        with (
            self._chosen(entries, always=True) as chosen,
            self._pg_restore.running(
                [*chosen, "--file=-", self._path], self._params, self._left(), stdout=subprocess.PIPE
            ) as run,
        ):
            script = b"".join(run.output()).decode()
            run.end("Reading the rights in the dump")
        return _restore_rights.parse(script)

    @contextlib.contextmanager
    def _chosen(self, entries: t.Sequence[Entry], *, always: bool = False) -> t.Iterator[list[str]]:
        """Yield the argument that names some entries; without one everything is restored."""
        if not (always or self.is_part):
            yield []
            return
        with tempfile.NamedTemporaryFile("w", prefix="codex-", suffix=".list") as file:
            file.writelines(f"{one.number};\n" for one in entries)
            file.flush()
            yield [f"--use-list={file.name}"]


def _with_search_path(script: t.Iterable[bytes], statement: bytes) -> t.Iterator[bytes]:
    """Yield a script of pg_restore's with another statement in the place of the one that empties the search path."""
    head, found = b"", False
    for chunk in script:
        if found:
            yield chunk
            continue
        head += chunk
        found = len(head) >= _LONGEST_HEAD or bool(_NO_SEARCH_PATH.search(head))
        if found:
            yield _NO_SEARCH_PATH.sub(lambda _match: statement, head, count=1)
    if not found:
        yield head


def explain(error: OperationsError, *, search_path: bool) -> OperationsError:
    """Return an error with the way around what went wrong.

    :param search_path: whether one was set already.
    """
    said = error.message
    extension = _EXTENSION.search(said)
    if _COMMENT.search(said):
        code = "CommentNotAllowed"
        remedy = (
            "Restore without comments: -e database_backup_restore_comments=false, or without this one, named as"
            f" `pg_restore --list` shows it: {_EXCLUDE.format('COMMENT - EXTENSION NAME')}"
        )
    elif extension and _OF_EXTENSION.search(said):
        code = "ExtensionNotAllowed"
        remedy = (
            f"Allow the extension {extension[1]} on the server (azure.extensions in database_configurations, then"
            " ansible-playbook playbooks/provision_database.yml --limit HOST), or restore without it and what needs it:"
            f" {_EXCLUDE.format(f'EXTENSION {extension[1]}')}"
        )
    elif _ROLE.search(said):
        code = error.code
        remedy = "Create the role first, or restore without owners: -e database_backup_ownership=false."
    elif _NOT_FOUND.search(said) and not search_path:
        code = "SearchPathNeeded"
        remedy = (
            "Something in the database looks for names without their schema, and pg_restore looks in none."
            " Restore with the database's own search path: -e database_backup_restore_search_path=own (or name the"
            " schemas, as in 'app, public'). For good: ALTER FUNCTION ... SET search_path = ..."
        )
    elif error.code in ("DatabaseError", "PermissionDenied"):
        code = error.code
        remedy = (
            "Restore without what the message names, as `pg_restore --list` shows it:"
            f" {_EXCLUDE.format('KIND SCHEMA.NAME')}"
        )
    else:
        return error
    return OperationsError(said, code=code, remedy=remedy, details=error.details)
