# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A container in a storage account."""

from __future__ import annotations


class ModuleDocFragment:
    """Options of modules that keep something in a storage account."""

    DOCUMENTATION = r"""
options:
  storage_account_url:
    description:
      - The blob endpoint of the storage account, such as V(https://codexops.blob.core.windows.net).
      - The identity of the run needs the role Storage Blob Data Contributor there.
      - C(http) is accepted for an emulator on this machine, with O(storage_account_key).
    type: str
  storage_account_key:
    description: A key of the storage account, to be used instead of the identity of the run.
    type: str
  container:
    description: The container in the storage account. It is created when something is stored and it is missing.
    type: str
    default: codex-operations
requirements:
  - azure-storage-blob, if O(storage_account_url) is set
"""
