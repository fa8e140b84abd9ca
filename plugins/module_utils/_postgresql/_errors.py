# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What PostgreSQL and its client library say, as our errors with code and remedy. Private to this collection.

A failed connection has no SQLSTATE in libpq, nor has what a client program writes, so the text decides; anything else
has one: U(https://www.postgresql.org/docs/16/errcodes-appendix.html). Azure's own codes are in C(_core/_remedies.py).
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
        "given to it by: ansible-playbook playbooks/provision_database.yml --limit <host>.",
        "28P01",
    ),
    _case(
        "LoginLocked",
        r"is not permitted to log in",
        "The login is locked: the backend has another one by now. What the inventory names is let in by: "
        "ansible-playbook playbooks/provision_database.yml --limit <host>.",
        "28000",
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
        "08000",
        "08001",
        "08003",
        "08004",
        "08006",
        "08007",
        "08P01",
    ),
    _case(
        "SessionTimeout",
        r"due to idle|transaction timeout",
        "The server ends sessions or transactions after a while: raise idle_session_timeout, "
        "idle_in_transaction_session_timeout or transaction_timeout in database_configurations.",
        "25P03",
        "25P04",
        "57P05",
    ),
    _case(
        "DatabaseDropped",
        r"database removed|database .* was concurrently dropped",
        "Somebody dropped the database meanwhile, as a restore does: run again.",
        "57P04",
    ),
    _case(
        "StatementCancelled",
        r"canceling statement due to (?:statement|lock) timeout",
        "Look for what holds the lock or makes the statement slow, then run again.",
        "57014",
        "55P03",
    ),
    _case(
        "Deadlock",
        r"deadlock detected|could not serialize access",
        "Another transaction was in the way: run again, best while the backend has little to do.",
        "40P01",
        "40001",
        "40002",
        "40003",
    ),
    _case(
        "RowSecurity",
        r"row-level security policy",
        "Policies bind the owner of the table too: let the administrator own it (ALTER TABLE ... OWNER TO ...) and "
        "write ALTER TABLE ... NO FORCE ROW LEVEL SECURITY. They bind the backend all the same.",
        "42501",
    ),
    _case(
        "ExtensionNotAllowed",
        r"extension .* is not allow-listed|is not allow-listed",
        "Name the extension in azure.extensions, in database_configurations, then run again.",
        "0A000",
        "42501",
    ),
    _case(
        "ExtensionMissing",
        r"could not open extension control file|extension .* is not available",
        "This server does not offer the extension: take it out, or choose a version of PostgreSQL that has it.",
        "58P01",
        "0A000",
    ),
    _case(
        "NotInTransaction",
        r"cannot (?:run|be executed) (?:inside|from|within) a (?:transaction block|function|pipeline)",
        "It has to be a transaction of its own: write -- codex: no-transaction into the file.",
        "25001",
    ),
    _case(
        "TransactionControl",
        r"invalid transaction termination",
        "Take COMMIT and ROLLBACK out: a file is applied as one transaction, or without any.",
        "2D000",
        "25P01",
        "25P02",
        "3B001",
    ),
    _case(
        "NotSupported",
        r"does not support|is not supported",
        "This server cannot do it: write it otherwise, or choose a version of PostgreSQL that can.",
        "0A000",
    ),
    _case(
        "PermissionDenied",
        r"permission denied|must be (?:owner|superuser|member)|must have ",
        "Grant the role what the message names, or log in as the owner.",
        "42501",
    ),
    _case(
        "GrantCircular",
        r"is a member of role|invalid grant operation",
        "The administrator's rights were granted to the backend: REVOKE them, then run again.",
        "0LP01",
    ),
    _case(
        "DatabaseInUse",
        r"is being accessed by other users|is used by an active",
        "Others are connected to it: end their sessions, or wait until they have ended, then run again.",
        "55006",
    ),
    _case(
        "NotReady",
        r"is not currently accepting connections",
        "Look who has closed it to connections (ALTER DATABASE ... ALLOW_CONNECTIONS true opens it), then run again.",
        "55000",
    ),
    _case(
        "AlreadyThere",
        r"already exists",
        "The database has it already. A schema that something else has made is gone on with by "
        "database_migrations_baseline; otherwise take it out of the file, or out of the database.",
        "42P07",
        "42P06",
        "42P04",
        "42701",
        "42710",
        "42723",
    ),
    _case(
        "StillNeeded",
        r"other objects depend on|cannot be dropped because",
        "Drop first what depends on it, which the message names, or write CASCADE.",
        "2BP01",
        "2B000",
    ),
    _case(
        "NotThere",
        r"(?:relation|schema|role|type|function|column|extension|language) .* does not exist",
        "Correct the name, or name its schema: the search path of this session is the role's.",
        "42P01",
        "42703",
        "42704",
        "42883",
        "3F000",
    ),
    _case(
        "DataRefused",
        r"violates .* constraint|duplicate key value",
        "The data that is there does not fit: correct it first, or the statement.",
        "23502",
        "23503",
        "23505",
        "23514",
        "23P01",
        "23001",
    ),
    _case(
        "EncodingMismatch",
        r"invalid byte sequence|has no equivalent in encoding",
        "The database's encoding has no such character: use a database in UTF8, or leave the character out.",
        "22021",
        "22P05",
    ),
    _case(
        "DiskFull",
        r"no space left on device|disk full",
        "The server's storage is full: raise database_storage_gb, or delete data.",
        "53100",
    ),
    _case(
        "OutOfMemory",
        r"out of memory|out of shared memory|configuration limit exceeded",
        "The server has too little memory for it: choose a larger database_sku, raise what the message names in "
        "database_configurations, or do less at once.",
        "53000",
        "53200",
        "53400",
    ),
    _case(
        "DataCorrupted",
        r"invalid page in block|could not read block|missing chunk number|data corrupted",
        "The server's data is damaged: change nothing, restore the newest backup into another server "
        "(restore_database), and ask Azure's support.",
        "XX001",
        "XX002",
        "58030",
    ),
    _case(
        "ServerFault",
        r"internal error",
        "It is a fault of the server: run again, and if it stays, ask Azure's support with the message.",
        "XX000",
        "58000",
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
    """Return the case of a state, the one whose text fits where several have it; without a state, by the text."""
    having = [case for case in _CASES if not state or state in case.states]
    fits = next((case for case in having if case.text.search(text)), None)
    return fits or (having[-1] if state and having else None)
