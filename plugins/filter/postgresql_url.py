# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The postgresql_url filter."""

from __future__ import annotations

DOCUMENTATION = r"""
name: postgresql_url
short_description: How a program connects to a PostgreSQL database, as one URL
version_added: 0.1.0
description:
  - Returns a URL as libpq takes it, and with it psycopg, SQLAlchemy with psycopg, and asyncpg by itself. What means
    something in a URL is percent-encoded.
  - The server's certificate is verified unless that is switched off.
options:
  _input:
    description: The name of the host. For O(sslmode=verify-full) the server's certificate has to have it.
    type: str
    required: true
  login:
    description: Who signs in.
    type: str
  password:
    description: With which password.
    type: str
  credential:
    description: Both in one, as C(login:password), instead of O(login) and O(password).
    type: str
  database:
    description: To which database.
    type: str
    required: true
  port:
    description: The port.
    type: int
    default: 5432
  sslmode:
    description:
      - V(verify-full) expects a certificate of a trusted authority with the name of the host, V(verify-ca) one of a
        trusted authority with any name.
      - V(require) encrypts, and talks to whoever answers.
    type: str
    choices: [verify-full, verify-ca, require]
    default: verify-full
  ca_cert:
    description:
      - The file with the trusted authorities, where the program runs. Without one, libpq looks for
        C(~/.postgresql/root.crt) there, and refuses to connect if there is none.
      - V(system) leaves it to the program's OpenSSL which ones these are, which takes libpq 16 and
        O(sslmode=verify-full). The wheels of psycopg bring an OpenSSL of their own, which finds them only where
        C(SSL_CERT_FILE) names them.
    type: str
    default: /etc/ssl/certs/ca-certificates.crt
notes:
  - SQLAlchemy with asyncpg takes C(ssl) instead of C(sslmode), so it needs a URL of its own.
"""

EXAMPLES = r"""
- name: Show how a backend connects
  ansible.builtin.set_fact:
    url: >-
      {{ 'codex-db.postgres.database.azure.com'
         | codexdominion.azure.postgresql_url(login='codex', password=password, database='codex') }}
"""

RETURN = r"""
_value:
  description: The URL.
  type: str
  sample: postgresql://codex:s%40crit@db.example:5432/codex?sslmode=verify-full&sslrootcert=/etc/ssl/certs/ca-certificates.crt
"""

import typing as t
import urllib.parse

from ansible.errors import AnsibleFilterError

MODES = ("verify-full", "verify-ca", "require")
SYSTEM = "system"


def postgresql_url(
    host: str,
    *,
    database: str,
    login: str = "",
    password: str = "",
    credential: str = "",
    port: int = 5432,
    sslmode: str = "verify-full",
    ca_cert: str = "/etc/ssl/certs/ca-certificates.crt",
) -> str:
    """Return the URL; see the documentation above.

    :raises AnsibleFilterError: for what libpq would refuse.
    """
    if credential:
        login, _colon, password = credential.partition(":")
    if not login:
        raise AnsibleFilterError("login is missing: give login and password, or both as credential")
    if sslmode not in MODES:
        raise AnsibleFilterError(f"sslmode is one of {', '.join(MODES)}, not {sslmode}")
    if sslmode == "verify-ca" and ca_cert == SYSTEM:
        raise AnsibleFilterError("verify-ca needs the path of a file with authorities: system goes with verify-full")
    options = {"sslmode": sslmode}
    # With authorities, libpq would verify even where it is told just to encrypt.
    if ca_cert and sslmode != "require":
        options["sslrootcert"] = ca_cert
    user, secret, name = (urllib.parse.quote(one, safe="") for one in (login, password, database))
    # libpq reads no plus sign as a space.
    query = urllib.parse.urlencode(options, safe="/", quote_via=urllib.parse.quote)
    return f"postgresql://{user}:{secret}@{host}:{port}/{name}?{query}"


class FilterModule:
    """The filters of this file."""

    def filters(self) -> dict[str, t.Callable[..., str]]:
        """Return them by name."""
        return {"postgresql_url": postgresql_url}
