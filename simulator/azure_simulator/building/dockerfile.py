"""Reading a Dockerfile: instructions with their line numbers, and variables in them."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

_VARIABLE = re.compile(r"\\(?P<escaped>.)|\$(?:(?P<plain>\w+)|\{(?P<name>\w+)(?::(?P<sign>[-+])(?P<word>[^}]*))?\})")


class BuildError(Exception):
    """An image cannot be built; the message is for the log."""


@dataclass(frozen=True)
class Instruction:
    """One instruction. `text` is what follows its name, as it is written."""

    line: int
    name: str
    text: str

    def error(self, message: str) -> BuildError:
        """What is wrong with it."""
        return BuildError(f"Dockerfile line {self.line}: {message}")

    def words(self) -> list[str]:
        """The words of it, quotes taken away."""
        try:
            return shlex.split(self.text)
        except ValueError as error:
            raise self.error(f"{self.name}: {error}") from error

    def exec_form(self) -> list[str] | None:
        """The words of a JSON list, None when it is none."""
        try:
            value = json.loads(self.text)
        except ValueError:
            return None
        return value if isinstance(value, list) and all(isinstance(word, str) for word in value) else None

    def expanded(self, variables: Mapping[str, str]) -> Instruction:
        """With the variables in it replaced; what is not set is empty."""

        def value(match: re.Match[str]) -> str:
            if match["escaped"] is not None:
                return match[0] if match["escaped"] != "$" else "$"
            found = variables.get(match["plain"] or match["name"], "")
            if match["sign"] == "-":
                return found or match["word"]
            if match["sign"] == "+":
                return match["word"] if found else ""
            return found

        return Instruction(self.line, self.name, _VARIABLE.sub(value, self.text))


def parse(content: str) -> Iterator[Instruction]:
    """The instructions of a file, comments left out and continued lines joined."""
    began = 0
    parts: list[str] = []
    for number, line in enumerate(content.splitlines(), start=1):
        stripped = line.strip()
        if stripped.startswith("#") or (not stripped and not parts):
            continue
        began = began if parts else number
        continued = stripped.endswith("\\")
        parts.append(stripped.removesuffix("\\").strip())
        if not continued:
            yield _instruction(began, " ".join(part for part in parts if part))
            parts = []
    if parts:
        yield _instruction(began, " ".join(parts))


def _instruction(line: int, text: str) -> Instruction:
    name, _, rest = text.partition(" ")
    return Instruction(line, name.upper(), rest.strip())
