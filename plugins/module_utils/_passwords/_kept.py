# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asking a PostgreSQL server which kept password it takes, and promoting that one. Private to this collection."""

from __future__ import annotations

import time
import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._azure._session import Body
from ansible_collections.codexdominion.azure.plugins.module_utils._core import _common_specs, _resource
from ansible_collections.codexdominion.azure.plugins.module_utils._core._context import Context
from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import OperationsError
from ansible_collections.codexdominion.azure.plugins.module_utils._core._spec import ArgumentSpec
from ansible_collections.codexdominion.azure.plugins.module_utils._passwords import _generated
from ansible_collections.codexdominion.azure.plugins.module_utils._passwords._generated import CURRENT, NEXT, Store
from ansible_collections.codexdominion.azure.plugins.module_utils._passwords._kept_verdict import Verdict, judge
from ansible_collections.codexdominion.azure.plugins.module_utils._postgresql import _api as _postgresql_api
from ansible_collections.codexdominion.azure.plugins.module_utils._postgresql import (
    _connection as _postgresql_connection,
)

_STORED = ("path", "vault_id", "vault_url", "secret_name")
_ACCEPTED = frozenset({"PermissionDenied", "DatabaseNotFound", "TooManyConnections"})
"""What a server says only to somebody whose password was right."""

SPEC = (
    _common_specs.AZURE.merge(_common_specs.ON_POSTGRESQL_SERVER)
    .merge(
        ArgumentSpec(
            options={
                **{name: _generated.SPEC.options[name] for name in _STORED},
                "user": {"type": "str"},
                "expected": {"type": "str", "default": "any", "choices": ["any", "next"]},
                "ca_cert": _postgresql_connection.SPEC.options["ca_cert"],
                "timeout": {"type": "int", "default": 900},
            },
            mutually_exclusive=(("path", "vault_url"), ("path", "secret_name"), ("vault_id", "vault_url")),
            required_one_of=(("path", "vault_url"),),
            required_together=(("vault_url", "secret_name"),),
            checks=(_common_specs.positive_timeout,),
        )
    )
    .merge(ArgumentSpec(rules={name: _generated.SPEC.rules[name] for name in _STORED if name != "vault_id"}))
    .merge(ArgumentSpec(rules={"ca_cert": _postgresql_connection.SPEC.rules["ca_cert"]}))
)


def settle(ctx: Context, store: Store) -> dict[str, t.Any]:
    """Promote the next password where it is the one in force; without a next one nothing is asked.

    :raises OperationsError: C(PasswordNotChanged) where the next one is expected to be in force and is not.
    """
    following = store.read(NEXT)
    if following is None:
        return _result(ctx, store, Verdict.NONE)
    server = _Server(ctx)
    verdict = judge(store.read(CURRENT), following, server.takes)
    if ctx.params["expected"] == "next" and not ctx.check_mode and not verdict.promotes:
        raise OperationsError(
            f"{server.what} does not take the next password: {verdict.value}{server.reason}",
            code="PasswordNotChanged",
            remedy="Run the rotation again: it goes on with the same next password.",
        )
    if verdict is Verdict.NEITHER:
        ctx.warn(
            f"{server.what} takes neither the password in {store.where(CURRENT)} nor the next one. It is given the "
            "former by: ansible-playbook playbooks/provision_database.yml --limit <host>"
        )
    if verdict.promotes and not ctx.check_mode:
        store.promote()
    return _result(ctx, store, verdict)


def _result(ctx: Context, store: Store, verdict: Verdict) -> dict[str, t.Any]:
    promoted = verdict.promotes or (ctx.check_mode and ctx.params["expected"] == "next")
    return {"changed": promoted, "verdict": verdict.name.lower(), "where": store.where(CURRENT)}


class _Server:
    """The server that the password is for; it is looked up when it is first asked."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._api = _postgresql_api.ServerApi(ctx.session, ctx.params["resource_group"], ctx.params["server"])
        self._host: str | None = None
        self.what = self._api.what
        self.reason = ""

    def takes(self, password: str) -> bool | None:
        """Return whether it takes the password, None where it cannot be asked for another reason."""
        host = self._find()
        if not host:
            return None
        user = self._ctx.params["user"]
        if user is None:
            user, _colon, password = password.partition(":")
        own = {"login_host": host, "login_user": user, "login_password": password}
        defaults = {name: option.get("default") for name, option in _postgresql_connection.SPEC.options.items()}
        try:
            _postgresql_connection.connect({**defaults, **own, "ca_cert": self._ctx.params["ca_cert"]}).close()
        except OperationsError as error:
            self.reason = f" ({error.code})"
            if error.code == "PasswordWrong":
                return False
            return True if error.code in _ACCEPTED else None
        return True

    def _find(self) -> str:
        """Return its host name; empty where it is not there or does not run."""
        if self._host is None:
            server = self._settled()
            ready = server is not None and _postgresql_api.state(server) == "Ready"
            self.reason = "" if ready else " (it does not run)"
            self._host = str(server["properties"]["fullyQualifiedDomainName"]) if server and ready else ""
        return self._host

    def _settled(self) -> Body | None:
        """Return it once nothing is done to it any more: a password may still be on its way.

        :raises OperationsError: with code C(Timeout).
        """
        server = self._api.read()
        if self._ctx.check_mode:
            return server

        def unfinished(found: Body | None) -> str:
            present = _postgresql_api.pending(found) if found else ""
            return f"still {present}, by an operation started earlier" if present else ""

        return _resource.poll(self._ctx, self._api, server, time.monotonic() + self._ctx.timeout, unfinished)
