# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A key for what is remembered of secrets."""

from __future__ import annotations


class ModuleDocFragment:
    """Options of modules that remember secrets in the tag C(codex-secrets)."""

    DOCUMENTATION = r"""
options:
  secrets_key:
    description:
      - A key of your own for the digests in the tag C(codex-secrets), so that a reader of tags cannot try out
        passwords.
      - Another key than the last time counts as another value of every secret.
    type: str
"""
