# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A database on a PostgreSQL server."""

from __future__ import annotations


class ModuleDocFragment:
    """Options of modules that connect to a database itself, not to Azure."""

    DOCUMENTATION = r"""
options:
  login_host:
    description:
      - The server's fully qualified name, or its IP address. The certificate must be for it.
    type: str
    required: true
  login_port:
    description: The port the server listens on.
    type: int
    default: 5432
  login_db:
    description: The database to connect to.
    type: str
    default: postgres
  login_user:
    description: The role to log in as.
    type: str
    required: true
  login_password:
    description:
      - The role's password.
      - If not set, the environment variable E(PGPASSWORD) is used, then the password file of libpq.
    type: str
  ssl_mode:
    description:
      - How far the server's certificate is verified. A connection without TLS is never made.
      - V(verify-full) wants a certificate that O(ca_cert) vouches for, with the name in O(login_host).
      - V(verify-ca) takes any name.
      - V(require) encrypts without knowing to whom, unless O(ca_cert) is set, which makes it V(verify-ca).
    type: str
    choices: [require, verify-ca, verify-full]
    default: verify-full
  ca_cert:
    description:
      - A PEM file with the certificate authorities to trust.
      - If not set, the environment variable E(PGSSLROOTCERT) is used, then the system's authorities, then those of the
        Python package C(certifi).
    type: path
  connect_timeout:
    description: How long connecting may take, in seconds.
    type: int
    default: 10
requirements:
  - psycopg[binary] >= 3.2
"""
