# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files that are there completely or not at all, whenever their writer dies. Standard library only; private."""

from __future__ import annotations

import os
import pathlib


def settle(folder: pathlib.Path) -> None:
    """Have a folder itself on disk: the names in it, after link(2), rename(2), or unlink(2).

    :raises OSError: when that is not possible.
    """
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
