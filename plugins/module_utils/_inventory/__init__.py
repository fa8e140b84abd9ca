# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an inventory may say, and what is wrong with one: pure rules by subject. Private to this collection.

YAML reads some plain words as something else than their text, and what arrives in Azure then is not what was written.
The rules here take values together with how they were written, see C(_given), and return sentences that name variables.
"""
