# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter compared_rows."""

from __future__ import annotations

DOCUMENTATION = r"""
name: compared_rows
version_added: 0.1.0
short_description: Compare the rows of a restored database with those it should have
description:
  - A dump says how many rows each table has. For a moment that rows were counted around, the number lies between the
    two counts. Of any other moment nobody knows it, and tables are only named.
author:
  - codexdominion.azure contributors (@codexdominion)
positional: _input, point
options:
  _input:
    description: The number of rows by table in the restored database.
    type: dict
    required: true
  point:
    description: What was restored, as M(codexdominion.azure.postgresql_restore_point_info) shows it.
    type: dict
    required: true
  before:
    description: The number of rows by table from before the moment.
    type: dict
  after:
    description: The number of rows by table from after the moment.
    type: dict
  tables:
    description: Tables that have to be there; where nobody knows the rows, any table will do.
    type: list
    elements: str
    default: []
  database:
    description: The name of the database.
    type: str
    default: ""
  unlogged:
    description: The tables that are in no log. A dump has their rows; a server restored to a moment has them empty.
    type: list
    elements: str
    default: []
"""

EXAMPLES = r"""
- name: Stop if rows are missing
  ansible.builtin.fail:
    msg: "{{ compared['problem'] }}"
  vars:
    compared: "{{ counted['row_counts'] | codexdominion.azure.compared_rows(point, database='codex') }}"
  when: compared['problem'] | length > 0
"""

RETURN = r"""
_value:
  description:
    - The C(rows), each with C(table), C(expected), C(found) and C(ok); C(known), whether anybody knew them beforehand;
      C(unlogged), the tables that are empty for being in no log; and C(problem), which is empty if there is none.
  type: dict
"""

import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._backup import _rows


def compared_rows(
    found: _rows.Counts,
    point: t.Mapping[str, t.Any],
    *,
    before: _rows.Counts | None = None,
    after: _rows.Counts | None = None,
    tables: t.Sequence[str] = (),
    database: str = "",
    unlogged: t.Sequence[str] = (),
) -> _rows.Comparison:
    """Return the comparison; see the documentation above."""
    return _rows.compare(
        found, point, before=before, after=after, tables=tables, database=str(database), unlogged=unlogged
    )


class FilterModule:
    """See the filter's documentation."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Return the filter by its name."""
        return {"compared_rows": compared_rows}
