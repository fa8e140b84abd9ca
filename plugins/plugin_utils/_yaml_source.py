# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a value was written in its YAML file, before YAML made C(83) of C(0123). Private to this collection.

ansible-core (2.19 and newer) keeps with every value it loads where it comes from: file, line, and column. It promises
nothing about it, so everything here answers "not known" where that is missing or does not fit, and never fails.
"""

from __future__ import annotations

import contextlib
import math
import typing as t

import yaml
from ansible.errors import AnsibleError

try:
    from ansible._internal._datatag._tags import Origin
except ImportError:  # another ansible-core keeps it elsewhere, or does not keep it
    Origin = None  # type: ignore[assignment,misc]

Place = tuple[int, int]
_Loader: t.Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_PREFIX = "tag:yaml.org,2002:"
_CHANGED = frozenset({f"{_PREFIX}{kind}" for kind in ("null", "bool", "int", "float", "timestamp")})


class YamlSource:
    """The plain words of one file, by the place where they stand; lines and columns begin with 1."""

    def __init__(self, text: str) -> None:
        self._words: dict[Place, yaml.ScalarNode] = {}
        self._values: dict[Place, yaml.Node] = {}
        self._keys: dict[Place, list[yaml.Node]] = {}
        self._seen: set[int] = set()
        with contextlib.suppress(yaml.YAMLError, RecursionError, ValueError):
            root = yaml.compose(text, Loader=_Loader)
            if root is not None:
                self._index(root)

    def word(self, place: Place, value: object) -> str | None:
        """Return the plain word at a place, if YAML reads it as this value and not as text."""
        return _word(self._words.get(place), value)

    def word_after(self, place: Place, value: object) -> str | None:
        """Return the plain word that is the value of the key at a place: a boolean does not know its own."""
        return _word(self._values.get(place), value)

    def word_of_key(self, place: Place, key: object) -> str | None:
        """Return the plain word of a key of the dictionary that begins at a place: a boolean does not know its own."""
        words = (_word(node, key) for node in self._keys.get(place, []))
        return next((word for word in words if word is not None), None)

    def _index(self, root: yaml.Node) -> None:
        todo = [root]
        while todo:
            node = todo.pop()
            if id(node) in self._seen:  # an alias
                continue
            self._seen.add(id(node))
            if isinstance(node, yaml.MappingNode):
                self._keys[_place(node)] = [key for key, _value in node.value]
                for key, value in node.value:
                    self._values[_place(key)] = value
                    todo += (key, value)
            elif isinstance(node, yaml.SequenceNode):
                todo += node.value
            elif isinstance(node, yaml.ScalarNode):
                self._words[_place(node)] = node


class Sources:
    """The files that values of one run come from, each read once.

    :param loader: Ansible's own, which opens what is encrypted with Ansible Vault; None to know nothing.
    """

    def __init__(self, loader: t.Any) -> None:
        self._loader = loader
        self._known: dict[str, YamlSource | None] = {}

    def written(self, value: object, key: object = None) -> str | None:
        """Return the plain word that YAML has read as this value, or None where that is not known.

        :param key: the key of the dictionary the value stands under, for values that do not know their own place.
        """
        if isinstance(value, str):
            return None
        if _origin(value) is not None:
            return self._ask(value, lambda source, place: source.word(place, value))
        return self._ask(key, lambda source, place: source.word_after(place, value))

    def written_key(self, key: object, mapping: object) -> str | None:
        """Return the plain word that YAML has read as this key, or None where that is not known."""
        if isinstance(key, str):
            return None
        if _origin(key) is not None:
            return self._ask(key, lambda source, place: source.word(place, key))
        return self._ask(mapping, lambda source, place: source.word_of_key(place, key))

    def _ask(self, tagged: object, question: t.Callable[[YamlSource, Place], str | None]) -> str | None:
        """Ask the source that a value comes from about the place where it begins."""
        origin = _origin(tagged)
        if origin is None or not (origin.path and origin.line_num and origin.col_num):
            return None
        source = self._source(str(origin.path))
        return None if source is None else question(source, (origin.line_num, origin.col_num))

    def _source(self, path: str) -> YamlSource | None:
        if path not in self._known:
            self._known[path] = self._load(path)
        return self._known[path]

    def _load(self, path: str) -> YamlSource | None:
        if self._loader is None:
            return None
        try:
            return YamlSource(str(self._loader.get_text_file_contents(path)))
        except (AnsibleError, OSError, ValueError):  # gone, not text, or encrypted with a password we do not have
            return None


def _origin(value: object) -> t.Any:
    return Origin.get_tag(value) if Origin is not None and value is not None else None


def _place(node: yaml.Node) -> Place:
    return node.start_mark.line + 1, node.start_mark.column + 1


def _word(node: yaml.Node | None, value: object) -> str | None:
    """Return a node's word if it is plain, no text, and just what the value was read from."""
    if not isinstance(node, yaml.ScalarNode) or node.style or node.tag not in _CHANGED:
        return None
    try:
        read = yaml.SafeLoader("").construct_object(node)
    except (yaml.YAMLError, ValueError, KeyError):
        return None
    same = read == value or (isinstance(read, float) and math.isnan(read))  # which is not equal to itself
    fits = same and _native(read) is _native(value)
    return str(node.value) if fits else None


def _native(value: object) -> type:
    """Return the type without what Ansible keeps with a value."""
    return next(one for one in type(value).__mro__ if one.__module__ in ("builtins", "datetime"))
