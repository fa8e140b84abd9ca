# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What PostgreSQL and its client library say, as our errors with code and remedy. Private to this collection.

A failed connection has no SQLSTATE in libpq, so its text decides; anything later has one:
U(https://www.postgresql.org/docs/16/errcodes-appendix.html).
"""

from __future__ import annotations

import re
import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import OperationsError
from ansible_collections.codexdominion.azure.plugins.module_utils._core._spec import Params

_CAUSE = re.compile(r"connection to server .*? failed: (?:FATAL: +)?(.+)")


class _Case(t.NamedTuple):
    code: str
    text: re.Pattern[str]
    states: tuple[str, ...]
    remedy: str


def _case(code: str, text: str, remedy: str, *states: str) -> _Case:
    return _Case(code, re.compile(text, re.IGNORECASE), states, remedy)


_CASES = (
    _case(
        "PasswordWrong",
        r"password authentication failed|no password supplied|empty password",
        "Check login_user and login_password. A password that the inventory has and the server does not have yet is "
        "given to it by: ansible-playbook playbooks/provision_database.yml --limit HOST.",
        "28P01",
    ),
    _case(
        "FirewallRuleMissing",
        r"no pg_hba\.conf entry",
        "Add a firewall rule to the server for the address it names, and check that database and user are right.",
        "28000",
    ),
    _case(
        "CertificateNameMismatch",
        r"server certificate for .* (?:does|do) not match host name",
        "Set login_host to a name in the server's certificate; a private DNS name needs ssl_mode verify-ca.",
    ),
    _case(
        "CertificateNotTrusted",
        r"certificate verify failed|could not read root certificate|root certificate file .* does not exist",
        "Set ca_cert to a PEM file with the authority of the server's certificate.",
    ),
    _case(
        "TlsNotOffered",
        r"server does not support SSL|SSL was required",
        "Check login_host and login_port: a flexible server always offers TLS.",
    ),
    _case(
        "HostNameNotFound",
        r"failed to resolve host|could not translate host name|name or service not known",
        "Check login_host, or wait until DNS has it; a server without public access resolves in its network only.",
    ),
    _case(
        "ConnectionRefused",
        r"connection refused",
        "Start the server if it is stopped, and check login_host and login_port.",
    ),
    _case(
        "ConnectionTimeout",
        r"timeout expired|timed out",
        "Check that the server runs and that this network and the server's firewall let the connection through.",
    ),
    _case(
        "HostUnreachable",
        r"network is unreachable|no route to host",
        "Check the network between this host and login_host.",
    ),
    _case(
        "DatabaseNotFound",
        r"database \".*\" does not exist",
        "Create the database first, or correct login_db.",
        "3D000",
    ),
    _case(
        "TooManyConnections",
        r"too many (?:connections|clients)|remaining connection slots",
        "Close connections, or raise max_connections or the server's size.",
        "53300",
    ),
    _case(
        "ServerNotReady",
        r"the database system is |not (?:yet )?accepting connections",
        "The server starts, stops or recovers: run again when it has ended.",
        "57P03",
    ),
    _case(
        "ConnectionLost",
        r"server closed the connection|terminating connection|connection reset|connection (?:is|was) (?:closed|lost)"
        r"|SSL SYSCALL error|EOF detected",
        "The server or the network ended the connection: look whether the server restarted, then run again.",
        "57P01",
        "57P02",
        "08006",
        "08003",
    ),
    _case(
        "StatementCancelled",
        r"canceling statement due to (?:statement|lock) timeout",
        "Look for what holds the lock or makes the statement slow, then run again.",
        "57014",
        "55P03",
    ),
    _case(
        "PermissionDenied",
        r"permission denied|must be (?:owner|superuser|member)",
        "Grant the role what the message names, or log in as the owner.",
        "42501",
    ),
    _case(
        "DiskFull",
        r"no space left on device|disk full",
        "The server's storage is full: enlarge it or delete data.",
        "53100",
    ),
    _case(
        "ReadOnly",
        r"read-only transaction",
        "The database is a replica, in recovery, or its storage is nearly full: connect to the primary, free storage.",
        "25006",
    ),
)


def explain(exc: Exception | str, params: Params, doing: str) -> OperationsError:
    """Turn an error of psycopg, or the standard error of a client program, into ours.

    :param exc: the exception, or what the program wrote.
    :param params: the connection options; the password, should the text hold it, is taken out.
    :param doing: what was being done, such as C(Connecting to database codex at db:5432).
    :returns: with C(sqlstate) in its details where there is one; the code is C(DatabaseError) if the cause is unknown.
    """
    # The server's message alone: what psycopg adds to it quotes the statement and the row.
    text = getattr(getattr(exc, "diag", None), "message_primary", None) or str(exc)
    if password := params.get("login_password"):
        text = text.replace(password, "********")
    state = getattr(exc, "sqlstate", None)
    case = _find(text, state)
    found = _CAUSE.findall(text)
    cause = found[-1] if found else " ".join(text.split())
    details = {"sqlstate": state} if state else {}
    if case is None:
        return OperationsError(f"{doing} failed: {cause}", code="DatabaseError", remedy="", details=details)
    return OperationsError(f"{doing} failed: {cause}", code=case.code, remedy=case.remedy, details=details)


def _find(text: str, state: str | None) -> _Case | None:
    by_state = (case for case in _CASES if state in case.states) if state else iter(())
    by_text = (case for case in _CASES if not state and case.text.search(text))
    return next(by_state, None) or next(by_text, None)
