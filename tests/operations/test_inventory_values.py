"""What YAML makes of plain words: each arrives in Azure as its own text, or is refused by name. Nothing in between."""

from __future__ import annotations

import itertools
import random
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.parsing.splitter import parse_kv

from ansible_collections.codexdominion.azure.plugins.module_utils._container_group import _body
from ansible_collections.codexdominion.azure.plugins.module_utils._core import _plan
from ansible_collections.codexdominion.azure.plugins.plugin_utils import _role_inputs, _words
from tests.support.host_inventory import host, load, problems
from tests.support.invoke import problems as module_problems
from tests.support.playbooks import ROOT

CASES = ROOT.parent / "shared" / "cases" / "backend"

WORDS = [
    "8001", "-5", "0", "12345678901234567890123", "true", "false", "text", "0o17", "1e3", "y", "n", "1.2.3",
    '"0123"', "'on'", '""', '"~"', "a b", '"1.10"', "http://a:1/#x",
    "0123", "-0123", "+5", "-0", "1_000", "0x1F", "0b101", "12:30:45", "1:30",
    "yes", "no", "on", "off", "Yes", "NO", "On", "True", "FALSE",
    "1.10", "1.0", "1.0e+3", ".inf", "-.inf", ".nan", "1.", "6.8523015e+5", "190:20:30.15",
    "2024-01-01", "2024-01-01T00:00:00Z", "2001-12-14 21:59:43.10 -5",
    "", "~", "null", "Null",
    "[a]", "{a: b}", "!!binary aGk=", "!!set {a}",
]  # fmt: skip
"""Plain words and others; those in quotes are text for sure."""


def text_of(word: str) -> str:
    """Return the text that was written: the word itself, without quotes and the explanation of its type."""
    loaded = yaml.load(word, Loader=yaml.BaseLoader)
    return loaded if isinstance(loaded, str) else word


def arrives(folder: Path, secret: bool, variables: dict[str, Any]) -> dict[str, str]:
    """Return the environment variables that a container group gets of what a task names."""
    option, other = ("secret_environment", "environment") if secret else ("environment", "secret_environment")
    body = _body._environment({option: variables, other: None}, [])
    return {one["name"]: one["secureValue" if secret else "value"] for one in body}


@pytest.mark.parametrize("word", WORDS)
@pytest.mark.parametrize("secret", [False, True], ids=["plain", "secret"])
def test_an_environment_variable_arrives_as_written_or_is_refused(word: str, secret: bool, tmp_path: Path) -> None:
    variable = "backend_secret_environment" if secret else "backend_environment"
    text = f"{variable}:\n  VALUE: {word}\n"
    found = problems(tmp_path, text)
    value = load(tmp_path, text)[variable]["VALUE"]
    if found:
        assert len(found) == 1 and found[0].startswith(f"{variable}.VALUE: "), found
        assert not isinstance(value, str)
        assert not secret or len(text_of(word)) < 3 or text_of(word) not in found[0]
    else:
        assert arrives(tmp_path, secret, {"VALUE": value}) == {"VALUE": text_of(word)}


@pytest.mark.parametrize("word", WORDS)
def test_a_tag_arrives_as_written_or_is_refused(word: str, tmp_path: Path) -> None:
    text = f"stack_tags:\n  owner: {word}\n"
    found = [one for one in problems(tmp_path, text) if one.startswith("stack_tags")]
    value = load(tmp_path, text)["stack_tags"]
    if found:
        assert len(found) == 1 and found[0].startswith("stack_tags.owner: "), found
    else:
        assert _plan.compare_tags(value, {}, append=True) == {"owner": text_of(word)}
        assert _plan.compare_tags(value, {"owner": text_of(word)}, append=True) is None


STRINGS = [
    (role, name)
    for role in ("stack", "registry", "backend", "database", "database_backup", "redis")
    for name, option in _role_inputs.options(role).items()
    if option["type"] == "str" and not option.get("choices")
]
SEEDED = random.Random(13)
# Every variable with a few words, every word with a few variables.
PAIRS = sorted({(name, word) for _role, name in STRINGS for word in SEEDED.sample(WORDS, 2)})


def test_there_are_many_variables() -> None:
    assert len(STRINGS) > 60


@pytest.mark.parametrize(
    "names",
    list(itertools.batched(PAIRS, 12))
    if hasattr(itertools, "batched")
    else [tuple(PAIRS[at : at + 12]) for at in range(0, len(PAIRS), 12)],
)
def test_a_string_of_any_role_is_as_written_or_refused(names: tuple[tuple[str, str], ...], tmp_path: Path) -> None:
    options = {name: option for role, _ in STRINGS for name, option in _role_inputs.options(role).items()}
    for name, word in names:
        text = f"stack_profile: full\n{name}: {word}\n"
        named = [one for one in problems(tmp_path, text) if one.startswith(f"{name}: ")]
        value = load(tmp_path, text)[name]
        unambiguous = isinstance(value, int) and not isinstance(value, bool) and str(value) == word
        if isinstance(value, str) or unambiguous:
            assert not [one for one in named if "quote it" in one]
        else:
            assert named, (name, word)
            if options[name].get("no_log") and len(word) > 3:
                assert all(word not in one for one in named)


NUMBERS = [
    (name, option["type"])
    for role in ("stack", "registry", "backend", "database", "database_backup", "redis")
    for name, option in _role_inputs.options(role).items()
    if option["type"] in ("int", "float", "bool", "dict", "list")
]
WRONG = {
    "int": ["x", "1.5", "true", "", "2024-01-01", "0123", "[1]", "{a: 1}", "12:30"],
    "float": ["x", ".inf", ".nan", "true", "", "2024-01-01", "[1]"],
    "bool": ["perhaps", "", "1.5", "2", "[true]"],
    "dict": ["x", "", "12", "[a]", "true"],
    "list": ["", "12", "{a: b}", "true", "1.5"],
}


def test_every_variable_of_the_wrong_kind_is_named_in_one_message(tmp_path: Path) -> None:
    for turn in range(max(len(words) for words in WRONG.values())):
        words = {name: WRONG[kind][turn % len(WRONG[kind])] for name, kind in NUMBERS}
        text = "stack_profile: full\n" + "".join(f"{name}: {word}\n" for name, word in words.items())
        named = {one.split(":")[0].split("[")[0] for one in problems(tmp_path, text)}
        assert named >= set(words), {name: words[name] for name in set(words) - named}


ODD = [
    *WORDS,
    "[{a: 1}]",
    "[[1]]",
    "{1: 2}",
    "{name: [1]}",
    "{start_hour: x}",
    "[{name: 1, start_address: 2}]",
    "{a: {b: 1}}",
]


@pytest.mark.parametrize("seed", range(12))
def test_whatever_is_written_is_answered_with_sentences(seed: int, tmp_path: Path) -> None:
    chance = random.Random(seed)
    names = [
        name for role in ("stack", "registry", "backend", "database", "redis") for name in _role_inputs.options(role)
    ]
    chosen = {name: chance.choice(ODD) for name in chance.sample(names, 40)}
    profile = chance.choice(["stack_profile: full\nbackend_strategy: blue_green\n", "stack_profile: full\n", ""])
    text = profile + "".join(f"{name}: {word}\n" for name, word in chosen.items() if f"{name}:" not in profile)
    found = problems(tmp_path, text)
    assert found and all(": " in one and "\n" not in one for one in found)
    assert host(tmp_path, text).claims().keys() == {"alone", "shared"}


@pytest.mark.parametrize("key", ["NO", "on", "123", "0123", "1.5", "2024-01-01", "~"])
@pytest.mark.parametrize("variable", ["backend_environment", "backend_secret_environment", "stack_tags"])
def test_a_name_that_is_no_text_is_refused(variable: str, key: str, tmp_path: Path) -> None:
    found = [one for one in problems(tmp_path, f"{variable}:\n  A: x\n  {key}: x\n") if one.startswith(variable)]
    assert found == [one for one in found if f"{variable}: the name {key} is read as " in one and "quote it" in one]
    assert len(found) == 1


TEMPLATED = """\
octal: 0123
flag: on
plain: 12
list_of: [1]
backend_environment:
  OCTAL: "{{ octal }}"
  FLAG: "{{ flag }}"
  PLAIN: "{{ plain }}"
  SUM: "{{ 1 + 1 }}"
  HALF: "{{ 1 / 2 }}"
  TRUTH: "{{ plain == 12 }}"
  NOTHING: "{{ none }}"
  LIST: "{{ list_of }}"
  LEFT_OUT: "{{ there_is_none | default(omit) }}"
  TYPO: "{{ there_is_none }}"
  LATER: "{{ database_url }}"
  ASKED: "{{ lookup('codexdominion.azure.key_vault_secret', 'x') }}"
  DEEP: "{{ asked }}"
asked: "{{ query('ansible.builtin.pipe', 'touch /nonexistent/x') }}"
"""


def test_templates_are_worked_out_one_by_one(tmp_path: Path) -> None:
    found = problems(tmp_path, TEMPLATED)
    assert [one.split(": ")[0].split(".")[1] for one in found] == ["OCTAL", "FLAG", "HALF", "NOTHING", "LIST", "TYPO"]
    assert "'there_is_none' is undefined" in found[-1]
    assert found[0] == "backend_environment.OCTAL: 0123 is read as 83: quote it"
    assert found[1] == "backend_environment.FLAG: on is read as true: quote it"


def test_a_template_for_the_whole_keeps_what_was_written(tmp_path: Path) -> None:
    text = "base: {A: 0123, B: on, C: 1}\nbackend_environment: \"{{ base | combine({'D': true, 'E': 2}) }}\"\n"
    assert problems(tmp_path, text) == [
        "backend_environment.A: 0123 is read as 83: quote it",
        "backend_environment.B: on is read as true: quote it",
    ]


def test_json_knows_one_form_only(tmp_path: Path) -> None:
    more = {"backend_environment": {"A": 83, "B": True, "C": "x"}, "backend_image_tag": 1234567}
    assert problems(tmp_path, "", **more) == []


AS_TEXT = [
    ("backend_environment", '{"A": "1", "B": 2, "C": true}', {"A": "1", "B": 2, "C": True}),
    ("backend_environment", "{'A': '1'}", {"A": "1"}),
    ("backend_environment", "A=1 B='two words'", {"A": "1", "B": "two words"}),
    ("stack_tags", '{"a": "1"}', {"a": "1"}),
    ("backend_command", "python -c 'print(1, 2)'", ["python", "-c", "print(1, 2)"]),
    ("backend_command", '["python", "-c", "a,b"]', ["python", "-c", "a,b"]),
    ("database_firewall_rules", '[{"name": "a", "start_address": "192.0.2.1"}]', None),
]


@pytest.mark.parametrize(("variable", "text", "meant"), AS_TEXT)
def test_text_from_the_command_line_means_a_dictionary_or_a_list(
    variable: str, text: str, meant: Any, tmp_path: Path
) -> None:
    assert problems(tmp_path, "stack_profile: full\n", **{variable: text}) == []
    parsed = _words.to_list(text) if variable.endswith(("command", "rules")) else _words.to_dict(text)
    assert meant is None or parsed == meant


BAD_TEXT = [
    ("backend_environment", "nothing", "is not a dictionary"),
    ("backend_environment", '{"A": 1.10}', "backend_environment.A: 1.1 is read as a floating-point number"),
    ("backend_environment", '{"A": null}', "backend_environment.A: has no value"),
    ("backend_secret_environment", '{"A": [1]}', "backend_secret_environment.A: is a list"),
    ("backend_command", "python -c 'print(", "is not a list"),
    ("backend_command", '["python", 1.5]', "backend_command[2]: 1.5 is read as"),
    (
        "database_firewall_rules",
        '[{"name": "a", "start": "192.0.2.1"}]',
        "database_firewall_rules[1].start: there is no",
    ),
]


@pytest.mark.parametrize(("variable", "text", "wrong"), BAD_TEXT)
def test_bad_text_from_the_command_line_is_refused(variable: str, text: str, wrong: str, tmp_path: Path) -> None:
    found = problems(tmp_path, "stack_profile: full\n", **{variable: text})
    assert any(variable in one and wrong in one for one in found), found


def test_what_the_documentation_gives_on_the_command_line_arrives_whole() -> None:
    texts = [
        path.read_text(encoding="utf-8").replace("\\\n", " ") for path in [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")]
    ]
    lines = [
        line for text in texts for line in text.splitlines() if re.match(r"\s*(-e |.*ansible-playbook .*-e )", line)
    ]
    given = [
        word
        for line in lines
        for before, word in itertools.pairwise(shlex.split(line, comments=True))
        if before == "-e" and "`" not in line and word[:1] not in "{@"
    ]
    assert len(given) > 10
    assert [one for one in given if "_raw_params" in parse_kv(one)] == []


CHANGED = [
    *("YES", "ON", "OFF", "OCT", "EXP2", "FLOAT", "UNDERSCORE", "SEXA", "DATE", "DATETIME"),
    *("NULL", "TILDE", "INF", "HEX"),
]
SHARED: dict[str, list[str]] = {
    "env-keys.yml": ["backend_environment: the name NO", "backend_environment: the name ON"],
    "env-none-secret2.yml": [f"backend_secret_environment.{name}" for name in ("SECRET_KEY", "S_NUM", "S_FLOAT")],
    "env-nonstrings.yml": [f"backend_environment.N_{name}" for name in CHANGED],
    "env-nul.yml": ["backend_environment.NUL: holds a NUL byte"],
    "env-omit.yml": [],
    "tag-0351500.yml": ["backend_image_tag: 0351500 is read as 119616"],
    "tag-1.10.yml": ["backend_image_tag: 1.10 is read as a floating-point number"],
    "tag-1234567.yml": [],
    "tags-odd.yml": [f"stack_tags.{name}" for name in ("cost-centre", "since", "note")],
}


@pytest.mark.skipif(not CASES.is_dir(), reason="the shared cases are not here")
@pytest.mark.parametrize(("name", "wanted"), SHARED.items(), ids=list(SHARED))
def test_the_shared_cases_end_as_they_should(name: str, wanted: list[str], tmp_path: Path) -> None:
    found = problems(tmp_path, (CASES / name).read_text(encoding="utf-8"))
    assert len(found) == len(wanted), found
    assert all(one.startswith(begin) for one, begin in zip(found, wanted, strict=True)), found


MODULE_VALUES: list[tuple[Any, bool]] = [
    ("text", True), ("", True), (8001, True), (True, True),
    (None, False), (1.1, False), ([1], False), ({"a": 1}, False), ("a\0b", False),
]  # fmt: skip


@pytest.mark.parametrize(("value", "good"), MODULE_VALUES, ids=str)
@pytest.mark.parametrize("where", ["environment", "secret_environment", "tags"])
def test_a_module_used_alone_has_the_same_rules(where: str, value: Any, good: bool) -> None:
    params: dict[str, Any] = {"resource_group": "rg", "name": "api"}
    if where == "tags":
        params["tags"] = {"A": value}
    else:
        params["containers"] = [{"name": "api", "image": "x.azurecr.io/a:1", where: {"A": value}}]
    found = module_problems("container_group", params)
    assert (found == []) is good, found
    assert good or ".A: " in found[0]
