# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Redis cache itself."""

from __future__ import annotations


class ModuleDocFragment:
    """Options of modules that connect to a cache, with an access key that Azure tells."""

    DOCUMENTATION = r"""
options:
  ca_cert:
    description:
      - A PEM file with the certificate authorities to trust for the cache itself.
      - If not set, those of the system are used. The certificate must be for the cache's host name in any case.
    type: path
requirements:
  - redis >= 5.2
"""
