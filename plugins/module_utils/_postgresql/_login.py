# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A login that may read and write one database. Private to this collection.

Its rights are those of a group, so that several logins can take turns. Whether its password is the wanted one, only
signing in with it tells: Azure lets nobody read what a server keeps of passwords.
Source: U(https://learn.microsoft.com/azure/postgresql/flexible-server/security-access-control).
"""

from __future__ import annotations

import collections
import contextlib
import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._core import _plan
from ansible_collections.codexdominion.azure.plugins.module_utils._core._context import Context
from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import OperationsError
from ansible_collections.codexdominion.azure.plugins.module_utils._core._spec import ArgumentSpec, Params
from ansible_collections.codexdominion.azure.plugins.module_utils._dump._contents import errors
from ansible_collections.codexdominion.azure.plugins.module_utils._postgresql import (
    _connection,
    _grants,
    _ownership,
    _rules,
)

if t.TYPE_CHECKING:
    import psycopg

    Connection = psycopg.Connection[t.Any]

_LOGIN = """
SELECT rolcanlogin, pg_has_role(oid, %(group)s::oid, 'USAGE'),
       coalesce('role=' || %(group_name)s = ANY (rolconfig), false),
       EXISTS (SELECT FROM pg_catalog.pg_auth_members m WHERE m.member = r.oid AND m.roleid <> %(group)s::oid)
       OR EXISTS (SELECT FROM pg_catalog.pg_shdepend d
                  WHERE d.refclassid = 'pg_catalog.pg_authid'::regclass AND d.refobjid = r.oid AND d.deptype = 'a')
FROM pg_catalog.pg_roles r WHERE rolname = %(name)s
"""
_MEMBERS = """
SELECT r.rolname FROM pg_catalog.pg_auth_members m
JOIN pg_catalog.pg_roles r ON r.oid = m.member JOIN pg_catalog.pg_roles g ON g.oid = m.roleid
WHERE g.rolname = %s AND r.rolcanlogin AND r.rolname <> current_user ORDER BY 1
"""
_END_SESSIONS = "SELECT count(pg_terminate_backend(pid)) FROM pg_catalog.pg_stat_activity WHERE usename = %s"


def _problems(params: Params) -> t.Iterator[str]:
    if params["name"] == params["login_user"]:
        yield f"name: {params['name']!r} is who the task connects as"
    if params["group"] in (params["name"], params["login_user"]):
        yield f"group: {params['group']!r} is no group of its own"
    if params["state"] == "present" and not params["password"]:
        yield "password: is empty"


SPEC = _connection.SPEC.merge(
    ArgumentSpec(
        options={
            "name": {"type": "str", "required": True},
            "password": {"type": "str", "no_log": True},
            "group": {"type": "str"},
            "state": {"type": "str", "default": "present", "choices": ["present", "locked", "absent"]},
            "assume_empty": {"type": "bool", "default": False},
        },
        required_if=(("state", "present", ("password", "group")),),
        rules={"name": _rules.role, "group": _rules.role},
        checks=(_problems,),
    )
)


class _Found(t.NamedTuple):
    """What there is of a login: whether it exists, may sign in, is in the group, and works as the group.

    :ivar has_own: whether it has rights that the group has not, which it would lose as the group.
    """

    exists: bool
    opens: bool
    belongs: bool
    is_the_group: bool
    has_own: bool


def bring(ctx: Context) -> dict[str, t.Any]:
    """Bring a login to the wanted state.

    :raises OperationsError: when the server refuses, or does not let the login in after all.
    """
    params = ctx.params
    if ctx.assumes_empty():
        return _result(params, _imagine(params), [])
    with (
        contextlib.closing(_connection.connect(params, autocommit=True)) as connection,
        errors(params, f"Changing the logins of {_connection.label(params)}"),
    ):
        group = _grants.role(connection, params["group"] or "")
        login = _look(connection, params, group)
        if params["state"] == "present":
            changes = _provide(ctx, connection, login, group) + _hand_over(ctx, connection, group)
            _tell(ctx, connection, login)
        else:
            changes = _close(ctx, connection, login)
        members = [name for (name,) in connection.execute(_MEMBERS, (params["group"],)).fetchall()]
    if changes and params["state"] == "present" and not ctx.check_mode:
        _expect_to_get_in(params)
    return _result(params, changes, members)


def _result(params: Params, changes: list[_plan.Change], members: list[str]) -> dict[str, t.Any]:
    plan = _plan.update(changes)
    result = {"changed": plan.changed, "impact": str(plan.impact), "diff": plan.diff()}
    return {**result, "name": params["name"], "members": members}


def _imagine(params: Params) -> list[_plan.Change]:
    """Return what there is to do on a server that has no login of ours."""
    if params["state"] != "present":
        return []
    return [
        _plan.Change(("groups", params["group"]), None, "no login of its own"),
        _plan.Change(("logins", params["name"]), None, "may sign in"),
        _plan.Change(("members", params["group"]), None, params["name"]),
        _plan.Change(("objects", params["name"]), None, f"belong to {params['group']}"),
    ]


def _look(connection: Connection, params: Params, group: int) -> _Found:
    names = {"name": params["name"], "group": group, "group_name": params["group"] or ""}
    row = connection.execute(_LOGIN, names).fetchone()
    return _Found(True, *row) if row else _Found(False, False, False, False, False)


def _provide(ctx: Context, connection: Connection, login: _Found, group: int) -> list[_plan.Change]:
    name = ctx.params["name"]
    grants = _grants.lacking(connection, group)
    password_fits = login.opens and _gets_in(ctx.params)
    changes = []
    if not group:
        changes.append(_plan.Change(("groups", ctx.params["group"]), None, "no login of its own"))
    if not login.opens:
        changes.append(_plan.Change(("logins", name), "locked" if login.exists else None, "may sign in"))
    if login.opens and not password_fits:
        changes.append(_plan.Change(("passwords", name), None, _plan.SECRET_CHANGED))
    if not login.belongs:
        changes.append(_plan.Change(("members", ctx.params["group"]), None, name))
    becomes_group = not (login.is_the_group or login.has_own)
    if becomes_group:
        # What it makes will be the group's, and so usable for whichever login comes next.
        changes.append(_plan.Change(("objects", name), None, f"belong to {ctx.params['group']}"))
    takes_rights = _ownership.lacks_rights_of(connection, group)
    if takes_rights:
        # Backups read what belongs to the group.
        changes.append(_plan.Change(("rights", ctx.params["login_user"]), None, f"those of {ctx.params['group']}"))
    changes += [
        _plan.Change(("rights", ctx.params["group"], kind), None, f"{number} to be granted")
        for kind, number in collections.Counter(one.kind for one in grants).items()
    ]
    if changes and not ctx.check_mode:
        with connection.transaction():
            _write(connection, ctx.params, login, group=bool(group), password_fits=password_fits)
            if takes_rights:
                _ownership.take_rights_of(connection, ctx.params["group"])
            if becomes_group:
                _become_group(connection, ctx.params)
            _grants.grant(connection, ctx.params["group"], grants)
    return changes


def _write(connection: Connection, params: Params, login: _Found, *, group: bool, password_fits: bool) -> None:
    from psycopg import sql

    name, its_group = sql.Identifier(params["name"]), sql.Identifier(params["group"])
    if not group:
        connection.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(its_group))
    if not password_fits:
        # Made here, so that the password itself is in no statement, and so in no log of the server.
        user, password = params["name"].encode(), params["password"].encode()
        verifier = sql.Literal(connection.pgconn.encrypt_password(password, user, b"scram-sha-256").decode())
        verb = sql.SQL("ALTER" if login.exists else "CREATE")
        statement = "{} ROLE {} LOGIN INHERIT PASSWORD {} VALID UNTIL 'infinity'"
        connection.execute(sql.SQL(statement).format(verb, name, verifier))
    if not login.belongs:
        connection.execute(sql.SQL("GRANT {} TO {}").format(its_group, name))


def _become_group(connection: Connection, params: Params) -> None:
    from psycopg import sql

    statement = sql.SQL("ALTER ROLE {} SET role = {}")
    connection.execute(statement.format(sql.Identifier(params["name"]), sql.Literal(params["group"])))


def _hand_over(ctx: Context, connection: Connection, group: int) -> list[_plan.Change]:
    """Give to the group what its logins own, such as what they made before they worked as the group."""
    wanted = ctx.params["group"]
    found = _ownership.owned(connection, group) if group else {}
    for login in found if not ctx.check_mode else ():
        _ownership.hand_over(connection, login, wanted)
    return [
        _plan.Change(("owners", login), f"owns {number} object{'' if number == 1 else 's'}", f"given to {wanted}")
        for login, number in found.items()
    ]


def _tell(ctx: Context, connection: Connection, login: _Found) -> None:
    """Warn of what nobody but their owners can mend."""
    params = ctx.params
    if login.has_own and not login.is_the_group:
        ctx.warn(
            f"the login {params['name']} has rights of its own, so that what it makes belongs to it: grant them to "
            f"{params['group']} and revoke them from the login, then run this again"
        )
    # A check has not given away yet what the run will.
    ours = {params["group"], *_ownership.owned(connection, _grants.role(connection, params["group"]))}
    foreign = [one for one in _ownership.unreadable(connection) if one.by_policy or one.owner not in ours]
    if foreign:
        error = _ownership.refusal(foreign, params["login_user"])
        ctx.warn(f"backups of {_connection.label(params)} would fail: {error.message}. {error.remedy}")


def _close(ctx: Context, connection: Connection, login: _Found) -> list[_plan.Change]:
    """Lock a login or remove it, and end its sessions."""
    from psycopg import errors as psycopg_errors
    from psycopg import sql

    name, goes = ctx.params["name"], ctx.params["state"] == "absent"
    if not (login.opens or (goes and login.exists)):
        return []
    change = _plan.Change(("logins", name), "may sign in" if login.opens else "locked", None if goes else "locked")
    if ctx.check_mode:
        return [change]
    role = sql.Identifier(name)
    connection.execute(sql.SQL("ALTER ROLE {} NOLOGIN PASSWORD NULL").format(role))
    connection.execute(_END_SESSIONS, (name,))
    if goes:
        try:
            connection.execute(sql.SQL("DROP ROLE {}").format(role))
        except psycopg_errors.DependentObjectsStillExist as exc:
            raise OperationsError(
                f"The login {name} owns something or was given rights of its own: {exc.diag.message_detail}",
                code="LoginInUse",
                remedy="It is locked now. Give away what it owns (REASSIGN OWNED), or let it stay, with state locked.",
            ) from exc
    return [change]


def _gets_in(params: Params) -> bool:
    """Return whether the server takes the wanted password; what stands against it otherwise is not the password."""
    try:
        _sign_in(params)
    except OperationsError as error:
        # Whoever may not connect to this database has been asked for the password before that.
        if error.code not in ("PasswordWrong", "PermissionDenied"):
            raise
        return error.code == "PermissionDenied"
    return True


def _expect_to_get_in(params: Params) -> None:
    try:
        _sign_in(params)
    except OperationsError as error:
        raise OperationsError(
            f"The login {params['name']} was written, but does not get in: {error.message}",
            code="LoginRefused",
            remedy=error.remedy,
        ) from error


def _sign_in(params: Params) -> None:
    own = {**params, "login_user": params["name"], "login_password": params["password"]}
    _connection.connect(own).close()
