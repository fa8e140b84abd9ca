# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Connecting to a PostgreSQL database, always over TLS: the fragment C(postgresql_connection). Private.

Through psycopg, which is loaded only when a connection is made. Whatever C(PG*) variables the operator's environment
holds, only the options of the task say where to connect.
"""

from __future__ import annotations

import os
import pathlib
import ssl
import typing as t

from ansible.module_utils.common.parameters import env_fallback

from ansible_collections.codexdominion.azure.plugins.module_utils._azure._session import USER_AGENT, load
from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import OperationsError
from ansible_collections.codexdominion.azure.plugins.module_utils._core._spec import ArgumentSpec, Params
from ansible_collections.codexdominion.azure.plugins.module_utils._postgresql._errors import explain

if t.TYPE_CHECKING:
    import psycopg

_LAST_PORT = 65535
# A connection whose other end has vanished is given up after about a minute instead of two hours.
_KEEPALIVES = {"keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3}


def _host(value: str) -> str | None:
    if value and not set(value) & set("/,@ "):
        return None
    return f"{value!r} is not a host name or an IP address"


def _not_empty(value: str) -> str | None:
    return None if value and "\0" not in value else "is empty or holds a NUL character"


def _ca_cert(value: str) -> str | None:
    return None if pathlib.Path(value).is_file() else f"there is no file {value}"


def _numbers(params: Params) -> t.Iterator[str]:
    if not 0 < params["login_port"] <= _LAST_PORT:
        yield f"login_port: {params['login_port']} is not between 1 and {_LAST_PORT}"
    if params["connect_timeout"] < 1:
        yield f"connect_timeout: {params['connect_timeout']} is not a positive number of seconds"


SPEC = ArgumentSpec(
    options={
        "login_host": {"type": "str", "required": True},
        "login_port": {"type": "int", "default": 5432},
        "login_db": {"type": "str", "default": "postgres"},
        "login_user": {"type": "str", "required": True},
        "login_password": {"type": "str", "no_log": True, "fallback": (env_fallback, ["PGPASSWORD"])},
        "ssl_mode": {"type": "str", "default": "verify-full", "choices": ["require", "verify-ca", "verify-full"]},
        "ca_cert": {"type": "path", "fallback": (env_fallback, ["PGSSLROOTCERT"])},
        "connect_timeout": {"type": "int", "default": 10},
    },
    rules={"login_host": _host, "login_db": _not_empty, "login_user": _not_empty, "ca_cert": _ca_cert},
    checks=(_numbers,),
)


def connect(params: Params, *, autocommit: bool = False) -> psycopg.Connection[t.Any]:
    """Connect to the database the options name; the caller closes the connection.

    :param params: validated options of C(SPEC); further options are ignored.
    :raises OperationsError: with cause and remedy; C(PackageMissing) when psycopg is.
    """
    open_connection = load("psycopg", "connect", distribution="psycopg[binary]")
    error = load("psycopg", "Error")
    try:
        connection = open_connection(**_keywords(params), autocommit=autocommit, **_KEEPALIVES)
    except error as exc:
        raise explain(exc, params, f"Connecting to {label(params)}") from exc
    return t.cast("psycopg.Connection[t.Any]", connection)


def environment(params: Params) -> dict[str, str]:
    """Return the whole environment for a client program such as pg_dump; it takes the place of C(os.environ).

    The password is in this environment only, never among the program's arguments; messages are in English, so that
    C(_postgresql_errors.explain) understands them.

    :param params: validated options of C(SPEC); further options are ignored.
    """
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_", "LANG"))}
    # Only the password file and its like remain: they say who we are, not where to connect.
    inherited |= {name: os.environ[name] for name in ("PGPASSFILE",) if name in os.environ}
    keywords = {name: value for name, value in _keywords(params).items() if value}
    return inherited | {_VARIABLES[name]: str(value) for name, value in keywords.items()} | {"LC_ALL": "C"}


def label(params: Params) -> str:
    """Return the database's name and place for messages, without user and password."""
    return f"database {params['login_db']} at {params['login_host']}:{params['login_port']}"


def _keywords(params: Params) -> dict[str, t.Any]:
    keywords: dict[str, t.Any] = {
        "host": params["login_host"],
        "port": params["login_port"],
        "dbname": params["login_db"],
        "user": params["login_user"],
        "sslmode": params["ssl_mode"],
        "connect_timeout": params["connect_timeout"],
        "application_name": USER_AGENT,
        "gssencmode": "disable",
        # Empty rather than absent, or libpq would take them from the environment.
        "hostaddr": "",
        "options": "",
    }
    if params["login_password"] is not None:
        keywords["password"] = params["login_password"]
    if params["ca_cert"] or params["ssl_mode"] != "require":
        keywords["sslrootcert"] = params["ca_cert"] or _system_authorities()
    return keywords


_VARIABLES = {
    "host": "PGHOST",
    "port": "PGPORT",
    "dbname": "PGDATABASE",
    "user": "PGUSER",
    "password": "PGPASSWORD",
    "sslmode": "PGSSLMODE",
    "sslrootcert": "PGSSLROOTCERT",
    "connect_timeout": "PGCONNECT_TIMEOUT",
    "application_name": "PGAPPNAME",
    "gssencmode": "PGGSSENCMODE",
}


def _system_authorities() -> str:
    """Return the file of authorities this machine trusts; libpq takes a file and knows another default."""
    paths = ssl.get_default_verify_paths()
    bundle = pathlib.Path(paths.capath or "", "ca-certificates.crt")
    if paths.cafile:
        return paths.cafile
    if paths.capath and bundle.is_file():
        return str(bundle)
    try:
        return t.cast("str", load("certifi", "where")())
    except OperationsError as exc:
        raise OperationsError(
            "This machine has no file of certificate authorities",
            code="CertificateNotTrusted",
            remedy="Set ca_cert to a PEM file with the authority of the server's certificate.",
        ) from exc
