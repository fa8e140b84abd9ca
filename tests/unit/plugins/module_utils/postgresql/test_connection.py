"""Options of a database connection, what reaches libpq and client programs, and what their errors become."""

from __future__ import annotations

import os
import socket
import ssl
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ansible_collections.codexdominion.azure.plugins.module_utils._azure import _session
from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import OperationsError
from ansible_collections.codexdominion.azure.plugins.module_utils._postgresql import _connection as connection
from ansible_collections.codexdominion.azure.plugins.module_utils._postgresql._errors import explain

PASSWORD = "s3cr%t:p@ss"


@pytest.fixture
def authorities(tmp_path: Path) -> Path:
    file = tmp_path / "ca.pem"
    file.write_text("")
    return file


def _params(**options: Any) -> dict[str, Any]:
    given = {"login_host": "db.example", "login_user": "codex", "login_password": PASSWORD, **options}
    result = connection.SPEC.validate(given)
    assert not connection.SPEC.problems(result)
    return dict(result.validated_parameters)


def test_defaults_verify_the_certificate() -> None:
    params = _params()

    assert (params["login_port"], params["login_db"], params["ssl_mode"]) == (5432, "postgres", "verify-full")


def test_names_every_problem_at_once(tmp_path: Path) -> None:
    given = {
        "login_host": "a,b",
        "login_user": "",
        "login_db": "",
        "login_port": 0,
        "connect_timeout": 0,
        "ca_cert": str(tmp_path / "missing"),
    }

    problems = connection.SPEC.problems(connection.SPEC.validate(given))

    assert sorted(problem.split(":")[0] for problem in problems) == sorted(given)


@pytest.mark.parametrize("mode", ["disable", "allow", "prefer"])
def test_plain_connections_are_refused(mode: str) -> None:
    given = {"login_host": "db", "login_user": "codex", "ssl_mode": mode}

    assert connection.SPEC.problems(connection.SPEC.validate(given))


def test_programs_get_everything_by_environment(authorities: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGHOSTADDR", "192.0.2.1")
    monkeypatch.setenv("PGPASSFILE", "/pass")
    monkeypatch.setenv("LANG", "de_DE.UTF-8")

    environment = connection.environment(_params(ca_cert=str(authorities), login_port=6432, login_db="app"))

    assert environment["PATH"] == os.environ["PATH"]
    assert "LANG" not in environment
    assert {name: value for name, value in environment.items() if name.startswith("PG")} == {
        "PGHOST": "db.example",
        "PGPORT": "6432",
        "PGDATABASE": "app",
        "PGUSER": "codex",
        "PGPASSWORD": PASSWORD,
        "PGPASSFILE": "/pass",
        "PGSSLMODE": "verify-full",
        "PGSSLROOTCERT": str(authorities),
        "PGCONNECT_TIMEOUT": "10",
        "PGAPPNAME": "codexdominion.azure",
        "PGGSSENCMODE": "disable",
    }


def test_authorities_come_from_the_system_then_from_certifi(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import certifi

    bundle = tmp_path / "ca-certificates.crt"
    paths = SimpleNamespace(cafile=None, capath=str(tmp_path))
    monkeypatch.setattr(ssl, "get_default_verify_paths", lambda: paths)
    assert connection.environment(_params())["PGSSLROOTCERT"] == certifi.where()
    bundle.write_text("")
    assert connection.environment(_params())["PGSSLROOTCERT"] == str(bundle)
    paths.cafile = "/other.pem"
    assert connection.environment(_params())["PGSSLROOTCERT"] == "/other.pem"


def test_encryption_alone_needs_no_authorities(authorities: Path) -> None:
    assert "PGSSLROOTCERT" not in connection.environment(_params(ssl_mode="require"))
    assert "PGSSLROOTCERT" in connection.environment(_params(ssl_mode="require", ca_cert=str(authorities)))


def _failure(**options: Any) -> OperationsError:
    with pytest.raises(OperationsError) as caught:
        connection.connect(_params(**options))
    assert caught.value.remedy
    assert PASSWORD not in str(caught.value.failure())
    return caught.value


def test_says_that_nothing_listens() -> None:
    error = _failure(login_host="127.0.0.1", login_port=1)

    assert error.code == "ConnectionRefused"
    assert error.message.startswith("Connecting to database postgres at 127.0.0.1:1 failed: Connection refused")


def test_says_that_the_name_is_unknown() -> None:
    assert _failure(login_host="nothing.invalid").code == "HostNameNotFound"


def test_says_that_nobody_answers() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        assert _failure(login_host="127.0.0.1", login_port=silent.getsockname()[1], connect_timeout=2).code == (
            "ConnectionTimeout"
        )


def test_options_win_over_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as elsewhere:
        monkeypatch.setenv("PGHOSTADDR", "127.0.0.1")
        port = elsewhere.getsockname()[1]
        assert _failure(login_host="127.0.0.2", login_port=port, connect_timeout=2).code == "ConnectionRefused"


def test_names_the_package_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(_package: str) -> None:
        raise ImportError

    monkeypatch.setattr(_session, "importlib", SimpleNamespace(import_module=missing))
    error = _failure()

    assert (error.code, "psycopg[binary]" in error.remedy) == ("PackageMissing", True)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('FATAL:  password authentication failed for user "codex"', "PasswordWrong"),
        (
            'FATAL:  no pg_hba.conf entry for host "192.0.2.7", user "codex", database "app", SSL encryption',
            "FirewallRuleMissing",
        ),
        ('FATAL:  database "app" does not exist', "DatabaseNotFound"),
        ("FATAL:  sorry, too many clients already", "TooManyConnections"),
        ("FATAL:  remaining connection slots are reserved for roles with SUPERUSER", "TooManyConnections"),
        ("FATAL:  the database system is starting up", "ServerNotReady"),
        ("SSL error: certificate verify failed", "CertificateNotTrusted"),
        ('server certificate for "a" does not match host name "b"', "CertificateNameMismatch"),
        (
            'server certificate for "a" (and 2 other names) does not match host name "b"',
            "CertificateNameMismatch",
        ),
        ("server does not support SSL, but SSL was required", "TlsNotOffered"),
        ("server closed the connection unexpectedly", "ConnectionLost"),
        ("FATAL:  a new kind of trouble", "DatabaseError"),
    ],
)
def test_reads_what_programs_say(text: str, code: str) -> None:
    stderr = f'pg_dump: error: connection to server at "192.0.2.1", port 5432 failed: {text}\n'

    error = explain(stderr, _params(), "Dumping")

    assert error.code == code
    assert error.message == f"Dumping failed: {text.removeprefix('FATAL:').strip()}"


def test_takes_the_state_before_the_text() -> None:
    import psycopg

    error = explain(psycopg.errors.RaiseException("connection refused"), _params(), "Migrating")

    assert (error.code, error.details) == ("DatabaseError", {"sqlstate": "P0001"})
    assert explain(psycopg.errors.InsufficientPrivilege("no"), _params(), "Migrating").code == "PermissionDenied"


def test_leaks_no_password() -> None:
    assert PASSWORD not in str(explain(f"option password={PASSWORD}", _params(), "Dumping").failure())
