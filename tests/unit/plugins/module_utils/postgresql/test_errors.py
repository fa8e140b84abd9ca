"""What PostgreSQL says becomes a code and a remedy: by its state, and by the text where that says too little."""

from __future__ import annotations

import re
from types import SimpleNamespace

import pytest

from ansible_collections.codexdominion.azure.plugins.module_utils._core._remedies import remedy_for
from ansible_collections.codexdominion.azure.plugins.module_utils._postgresql import _errors
from ansible_collections.codexdominion.azure.plugins.module_utils._postgresql._errors import explain


class _Said(Exception):
    """An error of psycopg, as far as it is looked at."""

    def __init__(self, text: str, state: str | None) -> None:
        super().__init__(text)
        self.sqlstate = state
        self.diag = SimpleNamespace(message_primary=text)


SAID = [
    ("28P01", 'password authentication failed for user "a"', "PasswordWrong"),
    ("28000", 'no pg_hba.conf entry for host "1.2.3.4", user "a", database "b", SSL encryption', "FirewallRuleMissing"),
    ("28000", 'role "codex_backend_a" is not permitted to log in', "LoginLocked"),
    ("3D000", 'database "codex" does not exist', "DatabaseNotFound"),
    ("53300", 'too many connections for role "a"', "TooManyConnections"),
    ("57P03", "the database system is starting up", "ServerNotReady"),
    ("57P01", "terminating connection due to administrator command", "ConnectionLost"),
    ("57P04", "terminating connection because the database was dropped", "DatabaseDropped"),
    ("57P05", "terminating connection due to idle-session timeout", "SessionTimeout"),
    ("25P03", "terminating connection due to idle-in-transaction timeout", "SessionTimeout"),
    ("25P04", "terminating connection due to transaction timeout", "SessionTimeout"),
    ("57014", "canceling statement due to statement timeout", "StatementCancelled"),
    ("55P03", "canceling statement due to lock timeout", "StatementCancelled"),
    ("40P01", "deadlock detected", "Deadlock"),
    ("40001", "could not serialize access due to concurrent update", "Deadlock"),
    ("42501", "permission denied for table t", "PermissionDenied"),
    ("42501", "must be owner of table t", "PermissionDenied"),
    ("42501", 'query would be affected by row-level security policy for table "t"', "RowSecurity"),
    ("42501", 'new row violates row-level security policy for table "t"', "RowSecurity"),
    ("0A000", 'extension "x" is not allow-listed for users in Azure Database for PostgreSQL', "ExtensionNotAllowed"),
    ("58P01", 'could not open extension control file "/x.control": No such file or directory', "ExtensionMissing"),
    ("0A000", 'extension "x" is not available', "ExtensionMissing"),
    ("0A000", "cross-database references are not implemented", "NotSupported"),
    ("25001", "CREATE INDEX CONCURRENTLY cannot run inside a transaction block", "NotInTransaction"),
    ("2D000", "invalid transaction termination", "TransactionControl"),
    ("0LP01", 'role "a" is a member of role "b"', "GrantCircular"),
    ("55006", 'database "codex" is being accessed by other users', "DatabaseInUse"),
    ("55000", 'database "codex" is not currently accepting connections', "NotReady"),
    ("42P07", 'relation "capsules" already exists', "AlreadyThere"),
    ("42710", 'extension "pg_trgm" already exists', "AlreadyThere"),
    ("42701", 'column "a" of relation "t" already exists', "AlreadyThere"),
    ("2BP01", "cannot drop table t because other objects depend on it", "StillNeeded"),
    ("42P01", 'relation "t" does not exist', "NotThere"),
    ("42883", "function f() does not exist", "NotThere"),
    ("3F000", 'schema "s" does not exist', "NotThere"),
    ("23505", 'duplicate key value violates unique constraint "k"', "DataRefused"),
    ("23502", 'null value in column "a" of relation "t" violates not-null constraint', "DataRefused"),
    ("22021", 'invalid byte sequence for encoding "UTF8": 0xff', "EncodingMismatch"),
    ("53100", 'could not extend file "x": No space left on device', "DiskFull"),
    ("53200", "out of shared memory", "OutOfMemory"),
    ("25006", "cannot execute INSERT in a read-only transaction", "ReadOnly"),
    ("XX001", "invalid page in block 0 of relation base/1/2", "DataCorrupted"),
    ("XX000", "cache lookup failed for type 1", "ServerFault"),
]


@pytest.mark.parametrize(("state", "text", "code"), SAID, ids=[f"{state}-{code}" for state, _text, code in SAID])
def test_each_has_its_own_remedy(state: str, text: str, code: str) -> None:
    error = explain(_Said(text, state), {}, "Asking")

    assert (error.code, error.details) == (code, {"sqlstate": state})
    assert error.message == f"Asking failed: {text}"
    assert error.remedy


WRITTEN = [
    (
        'pg_dump: error: query failed: ERROR:  query would be affected by row-level security policy for table "t"',
        "RowSec",
    ),
    ("pg_dump: error: query failed: ERROR:  permission denied for table mine", "PermissionDenied"),
    ('pg_restore: error: could not execute query: ERROR:  relation "t" already exists', "AlreadyThere"),
    (
        'connection to server at "h" (1.2.3.4), port 5432 failed: FATAL:  role "a" is not permitted to log in',
        "LoginLock",
    ),
    ('connection to server at "h", port 5432 failed: FATAL:  database "x" does not exist', "DatabaseNotFound"),
    ("connection to server at 'h', port 5432 failed: Connection refused", "ConnectionRefused"),
    ("server closed the connection unexpectedly", "ConnectionLost"),
]


@pytest.mark.parametrize(("text", "code"), WRITTEN, ids=[code for _text, code in WRITTEN])
def test_what_a_program_writes_is_told_by_its_text(text: str, code: str) -> None:
    error = explain(text, {}, "Dumping")
    assert error.code.startswith(code)
    assert error.remedy


def test_a_state_that_nobody_knows_is_no_guess() -> None:
    assert explain(_Said("relation already exists", "P0001"), {}, "Asking").code == "DatabaseError"


def test_no_case_has_a_state_that_is_none() -> None:
    for case in _errors._CASES:
        assert all(re.fullmatch(r"[0-9A-Z]{5}", state) for state in case.states), case.code
        assert case.remedy.endswith((".", ")")), case.code
        assert "HOST" not in case.remedy


@pytest.mark.parametrize(
    "code",
    [
        "LocationIsOfferRestricted",
        "ParameterOutOfRange",
        "ServerNameAlreadyExists",
        "ServerAlreadyExists",
        "ServerEditionIncompatibleWithSkuSize",
        "ServerIsBusy",
        "ServerBusy",
        "ServerStoppedError",
        "GeoBackupsNotAvailable",
        "ReadReplicaServersExistForSourceServer",
        "OperationIdNotFound",
        "InternalServerError",
        "QuotaExceeded",
        "SkuNotAvailable",
    ],
)
def test_what_azure_refuses_of_a_server_has_a_remedy(code: str) -> None:
    assert remedy_for(code)


def test_the_region_and_the_name_are_the_remedy() -> None:
    assert "database_location" in remedy_for("LocationIsOfferRestricted")
    assert "database_server_name" in remedy_for("ServerNameAlreadyExists")
