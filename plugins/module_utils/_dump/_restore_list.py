# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is in a dump, and which part of it is restored. Pure; private to this collection.

The list is that of C(pg_restore --list --verbose), which says of each entry what it depends on.
"""

from __future__ import annotations

import re
import typing as t

_ENTRY = re.compile(r"(\d+); \d+ \d+ (.+?) ?")
_DEPENDS = re.compile(r";\s+depends on:((?: \d+)+)")
_QUOTED = re.compile(r'"((?:[^"]|"")+)"|([^".]+)')

_RELATIONS = ("TABLE", "FOREIGN TABLE", "MATERIALIZED VIEW", "SEQUENCE", "VIEW")
_ROWS = ("TABLE DATA", "MATERIALIZED VIEW DATA", "SEQUENCE SET")
_RIGHTS = ("ACL", "DEFAULT ACL")
_ABOUT = ("ACL", "COMMENT", "SECURITY LABEL")
_COME_WITH = (*_ABOUT, "FK CONSTRAINT")
_PARTS = (
    *_ABOUT,
    *_ROWS,
    "CHECK CONSTRAINT",
    "CONSTRAINT",
    "DEFAULT",
    "FK CONSTRAINT",
    "INDEX",
    "INDEX ATTACH",
    "POLICY",
    "ROW SECURITY",
    "RULE",
    "SEQUENCE",
    "SEQUENCE OWNED BY",
    "STATISTICS",
    "STATISTICS DATA",
    "TRIGGER",
)
"""What belongs to something else, and goes with it."""
_KINDS = sorted({*_RELATIONS, *_PARTS, *_RIGHTS, "TABLE ATTACH"}, key=len, reverse=True)
_WORDS = re.compile(r"[A-Z]+(?: [A-Z]+)*(?= )")


class Entry(t.NamedTuple):
    """One thing in a dump.

    :param text: its kind, schema (C(-) for none), name and owner, with one space between each.
    :param depends: the numbers of what it needs.
    """

    number: int
    text: str
    depends: frozenset[int]

    @property
    def kind(self) -> str:
        """What it is, such as C(TABLE DATA)."""
        known = next((kind for kind in _KINDS if self.text.startswith(f"{kind} ")), None)
        if known:
            return known
        words = _WORDS.match(self.text)
        return words[0] if words else self.text.split(" ", 1)[0]

    def begins(self, text: str) -> bool:
        """Return whether it is what a text says, with or without its owner."""
        return self.text == text or self.text.startswith(f"{text} ")


class NothingNamedSoError(ValueError):
    """What was named is not in the dump."""


def parse(listed: str) -> list[Entry]:
    """Return the entries of what pg_restore has listed, in the order in which they are restored."""
    found: list[Entry] = []
    for line in listed.splitlines():
        if match := _ENTRY.fullmatch(line):
            found.append(Entry(int(match[1]), match[2], frozenset()))
        elif found and (needs := _DEPENDS.fullmatch(line)):
            found[-1] = found[-1]._replace(depends=frozenset(int(number) for number in needs[1].split()))
    return found


def name(entries: t.Sequence[Entry], *texts: str) -> list[Entry]:
    """Return what is named so, the owner left out or not.

    A name that another one begins with is only taken for that where nothing has it: nobody's owner is then part of it.
    """
    found = [one for one in entries if any(one.begins(text) for text in texts)]
    strict = [one for one in found if any(one.begins(text) and " " not in one.text[len(text) + 1 :] for text in texts)]
    return strict or found


def spellings(named: str) -> list[str]:
    """Return how the list of a dump may have what somebody has named, such as C(FUNCTION public.f()).

    :param named: as the list has it, or without the C(-) of what is in no schema, or with a period after the schema.
    """
    kind = Entry(0, f"{named} ", frozenset()).kind
    rest = named[len(kind) :].strip()
    found = [named, f"{kind} - {rest}"]
    if "." in rest:
        found.append(f"{kind} {rest.replace('.', ' ', 1)}")
    return found


def without(entries: t.Sequence[Entry], named: t.Sequence[str]) -> list[Entry]:
    """Return the entries that are left when some, and what depends on them, are taken out.

    :raises NothingNamedSoError: when one of the names is nothing's.
    """
    gone: set[int] = set()
    for one in named:
        found = name(entries, *spellings(one))
        if not found:
            raise NothingNamedSoError(f"there is no {one} in the dump")
        gone |= {entry.number for entry in found}
    grown = True
    while grown:
        more = {one.number for one in entries if one.number not in gone and one.depends & gone}
        gone |= more
        grown = bool(more)
    return [one for one in entries if one.number not in gone]


def only(entries: t.Sequence[Entry], schemas: t.Sequence[str], tables: t.Sequence[str]) -> list[Entry]:
    """Return the entries of some schemas and tables, with what they need, and what belongs to them.

    What they need of other schemas comes without its rows.

    :param tables: each with its schema and a period before it, or in C(public).
    :raises NothingNamedSoError: when one of them is not in the dump.
    """
    chosen: set[int] = set()
    known = {one.text.removeprefix("SCHEMA - ").rpartition(" ")[0] for one in entries if one.begins("SCHEMA -")}
    for schema in schemas:
        if schema not in {*known, "public"}:
            raise NothingNamedSoError(f"there is no schema {schema} in the dump")
        longer = [one for one in known if one.startswith(f"{schema} ")]
        chosen |= {
            one.number
            for one in entries
            if one.begins(f"{one.kind} {schema}")
            and one.kind not in _COME_WITH
            and not any(one.begins(f"{one.kind} {other}") for other in longer)
        }
        chosen |= {one.number for one in entries if one.text.rpartition(" ")[0] == f"SCHEMA - {schema}"}
    for table in tables:
        schema, relation = table.split(".", 1) if "." in table else ("public", table)
        found = name(entries, *(f"{kind} {schema} {relation}" for kind in _RELATIONS))
        if not found:
            raise NothingNamedSoError(f"there is no table {table} in the dump")
        chosen |= {one.number for one in found}
    _add_attached(entries, chosen)
    kept = _with_needs(entries, chosen)
    numbers = {one.number for one in entries}
    sequences = {one.number for one in entries if one.kind == "SEQUENCE"}
    grown = True
    while grown:
        more = [one for one in entries if one.number not in kept and _belongs(one, chosen, kept, numbers)]
        chosen |= {one.number for one in more if one.kind not in _ABOUT}
        chosen |= {number for one in more if one.kind == "DEFAULT" for number in one.depends & sequences}
        kept |= _with_needs(entries, {one.number for one in more})
        grown = bool(more)
    return [one for one in entries if one.number in kept]


def _belongs(one: Entry, chosen: set[int], kept: set[int], numbers: set[int]) -> bool:
    # Rows only of what was asked for; what is said about something goes with whatever comes along. A reference to a
    # table whose rows are not there would not hold.
    of = kept if one.kind in _ABOUT else chosen
    return (
        one.kind in _PARTS
        and bool(one.depends & of)
        and (one.kind != "FK CONSTRAINT" or one.depends & numbers <= chosen)
    )


def _add_attached(entries: t.Sequence[Entry], chosen: set[int]) -> None:
    """Add the partitions of a table, or the table of a partition with all its others."""
    relations = {one.number for one in entries if one.kind in _RELATIONS}
    grown = True
    while grown:
        ends = [one for one in entries if one.kind == "TABLE ATTACH" and one.depends & chosen]
        more = {number for one in ends for number in (one.depends & relations) | {one.number}} - chosen
        chosen |= more
        grown = bool(more)


def _with_needs(entries: t.Sequence[Entry], chosen: set[int]) -> set[int]:
    by_number = {one.number: one for one in entries}
    kept: set[int] = set()
    left = [*chosen]
    while left:
        number = left.pop()
        if number in by_number and number not in kept:
            kept.add(number)
            left += by_number[number].depends
    return kept


def rights(entries: t.Sequence[Entry]) -> list[Entry]:
    """Return the entries that say who may do what."""
    return [one for one in entries if one.kind in _RIGHTS]


def rows(entries: t.Sequence[Entry], tables: t.Mapping[str, int]) -> dict[str, int]:
    """Return how many rows each table has after only these entries were restored.

    :param tables: of the whole dump: the number of rows by the quoted name.
    """
    listed = {" ".join(_unquoted(table)): table for table in tables}
    found: dict[str, int] = {}
    for one in entries:
        if one.kind not in ("TABLE", "TABLE DATA"):
            continue
        # The longest name that fits: what is left is the owner's.
        fitting = [name for name in listed if one.begins(f"{one.kind} {name}")]
        if fitting:
            table = listed[max(fitting, key=len)]
            found[table] = tables[table] if one.kind == "TABLE DATA" else found.get(table, 0)
    return found


def _unquoted(table: str) -> list[str]:
    """Return schema and name of a quoted name as the list of a dump has them, on one line."""
    parts = [quoted.replace('""', '"') if quoted else plain for quoted, plain in _QUOTED.findall(table)]
    return [re.sub(r"[\r\n]", " ", part) for part in parts]
