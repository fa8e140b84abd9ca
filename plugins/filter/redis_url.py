# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The redis_url filter."""

from __future__ import annotations

DOCUMENTATION = r"""
name: redis_url
short_description: How a program connects to a Redis cache, as one URL
version_added: 0.1.0
description:
  - Returns a URL as redis-py takes it, and with it Celery and others that are built on it. What means something in a
    URL is percent-encoded.
  - The cache's certificate is verified, and the name in it, unless that is switched off. redis-py before version 6
    verifies the name only where the URL says so.
options:
  _input:
    description: The name of the host. The cache's certificate has to have it.
    type: str
    required: true
  key:
    description: An access key.
    type: str
    required: true
  port:
    description: The port, which has TLS.
    type: int
    default: 6380
  database:
    description: The number of the database.
    type: int
    default: 0
  ssl_cert_reqs:
    description: V(required) verifies the certificate and its name; V(none) encrypts, and talks to whoever answers.
    type: str
    choices: [required, none]
    default: required
  ca_cert:
    description: A file with further trusted authorities, where the program runs, beside those of its system.
    type: str
    default: ""
"""

EXAMPLES = r"""
- name: Show how a backend connects
  ansible.builtin.set_fact:
    url: "{{ 'codex.redis.cache.windows.net' | codexdominion.azure.redis_url(key=key) }}"
"""

RETURN = r"""
_value:
  description: The URL.
  type: str
  sample: rediss://:k%3D@codex.redis.cache.windows.net:6380/0?ssl_cert_reqs=required&ssl_check_hostname=true
"""

import typing as t
import urllib.parse

from ansible.errors import AnsibleFilterError

REQUIREMENTS = ("required", "none")


def redis_url(
    host: str, *, key: str, port: int = 6380, database: int = 0, ssl_cert_reqs: str = "required", ca_cert: str = ""
) -> str:
    """Return the URL; see the documentation above.

    :raises AnsibleFilterError: for a requirement that is none.
    """
    if ssl_cert_reqs not in REQUIREMENTS:
        raise AnsibleFilterError(f"ssl_cert_reqs is one of {', '.join(REQUIREMENTS)}, not {ssl_cert_reqs}")
    options = {"ssl_cert_reqs": ssl_cert_reqs}
    if ssl_cert_reqs == "required":
        options["ssl_check_hostname"] = "true"
        if ca_cert:
            options["ssl_ca_certs"] = ca_cert
    secret = urllib.parse.quote(key, safe="")
    query = urllib.parse.urlencode(options, safe="/", quote_via=urllib.parse.quote)
    return f"rediss://:{secret}@{host}:{port}/{database}?{query}"


class FilterModule:
    """The filters of this file."""

    def filters(self) -> dict[str, t.Callable[..., str]]:
        """Return them by name."""
        return {"redis_url": redis_url}
