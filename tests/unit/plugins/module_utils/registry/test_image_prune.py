"""What may be removed from a repository: nothing that is needed, and nothing left behind that is of no use."""

from __future__ import annotations

import random
from typing import Any

import pytest

from ansible_collections.codexdominion.azure.plugins.module_utils._registry._image_prune import Manifest, removable


def digest(name: str) -> str:
    return "sha256:" + name.encode().hex().rjust(64, "0")


def sig(name: str) -> str:
    return digest(name).replace(":", "-") + ".sig"


def manifest(name: str, *tags: str, old: bool = True, named: bool = False) -> Manifest:
    return Manifest(digest(name), tags, named, old)


def index(*names: str) -> dict[str, Any]:
    return {"manifests": [{"digest": digest(name)} for name in names]}


def subject(name: str) -> dict[str, Any]:
    return {"config": {}, "layers": [], "subject": {"digest": digest(name)}}


IMAGE: dict[str, Any] = {"config": {}, "layers": []}
Case = tuple[list[Manifest], dict[str, dict[str, Any]], list[str]]
# manifests, what they say (images where nothing is said), what goes in this order
CASES: dict[str, Case] = {
    "an old one without a tag": ([manifest("a")], {}, ["a"]),
    "a young one": ([manifest("a", old=False)], {}, []),
    "a tagged one": ([manifest("a", "v1")], {}, []),
    "one that runs": ([manifest("a", named=True)], {}, []),
    "parts of what stays": ([manifest("i", "v1"), manifest("a"), manifest("b")], {"i": index("a", "b")}, []),
    "parts of a young index": ([manifest("i", old=False), manifest("a")], {"i": index("a")}, []),
    "nested indexes": ([manifest("o", "v1"), manifest("i"), manifest("a")], {"o": index("i"), "i": index("a")}, []),
    "an index that goes": ([manifest("a"), manifest("i")], {"i": index("a")}, ["i", "a"]),
    "parts of two": ([manifest("i"), manifest("j", "v1"), manifest("a")], {"i": index("a"), "j": index("a")}, ["i"]),
    "a referrer of what stays": ([manifest("a", "v1"), manifest("s")], {"s": subject("a")}, []),
    "a referrer of what goes": ([manifest("a"), manifest("s")], {"s": subject("a")}, ["s", "a"]),
    "a young referrer of what goes": ([manifest("a"), manifest("s", old=False)], {"s": subject("a")}, ["s", "a"]),
    "a referrer of a part of what stays": (
        [manifest("i", "v1"), manifest("a"), manifest("s")],
        {"i": index("a"), "s": subject("a")},
        [],
    ),
    "a referrer of a referrer": (
        [manifest("a", "v1"), manifest("s"), manifest("t")],
        {"s": subject("a"), "t": subject("s")},
        [],
    ),
    "all of a chain": (
        [manifest("a"), manifest("s"), manifest("t")],
        {"s": subject("a"), "t": subject("s")},
        ["t", "s", "a"],
    ),
    "the subject of what stays": ([manifest("a"), manifest("s", "mine")], {"s": subject("a")}, []),
    "a referrer that is an index": (
        [manifest("a", "v1"), manifest("i"), manifest("p")],
        {"i": {**index("p"), "subject": {"digest": digest("a")}}},
        [],
    ),
    "a referrer of nothing": ([manifest("s")], {"s": subject("gone")}, ["s"]),
    "a young referrer of nothing": ([manifest("s", old=False)], {"s": subject("gone")}, []),
    "Cosign's signature of what stays": ([manifest("a", "v1"), manifest("s", sig("a"))], {}, []),
    "Cosign's signature of what goes": ([manifest("a"), manifest("s", sig("a"))], {}, ["s", "a"]),
    "Cosign's young signature of what goes": ([manifest("a"), manifest("s", sig("a"), old=False)], {}, ["s", "a"]),
    "Cosign's signature of what runs": ([manifest("a", named=True), manifest("s", sig("a"))], {}, []),
    "Cosign's signature of nothing": ([manifest("s", sig("gone"))], {}, ["s"]),
    "Cosign's young signature of nothing": ([manifest("s", sig("gone"), old=False)], {}, []),
    "a signature with a name of its own": ([manifest("a"), manifest("s", sig("a"), "mine")], {}, ["a"]),
    "a signature of two": ([manifest("a"), manifest("b", "v1"), manifest("s", sig("a"), sig("b"))], {}, []),
    "the list of referrers where a registry keeps none": (
        [manifest("a", "v1"), manifest("l", digest("a").replace(":", "-")), manifest("s")],
        {"l": index("s"), "s": subject("a")},
        [],
    ),
    "that list, of what goes": (
        [manifest("a"), manifest("l", digest("a").replace(":", "-")), manifest("s")],
        {"l": index("s"), "s": subject("a")},
        ["l", "s", "a"],
    ),
    "what lists something that is gone": ([manifest("i", "v1")], {"i": index("gone")}, []),
}


@pytest.mark.parametrize("name", CASES)
def test_what_goes(name: str) -> None:
    manifests, said, gone = CASES[name]
    contents = {one.digest: IMAGE for one in manifests} | {digest(key): value for key, value in said.items()}
    assert removable(manifests, contents) == [digest(one) for one in gone]


@pytest.mark.parametrize("seed", range(200))
def test_any_repository(seed: int) -> None:
    """However things point at each other: what stays is complete, and what goes leaves nothing that points at it."""
    chance = random.Random(seed)
    names = [f"m{number}" for number in range(chance.randrange(1, 14))]
    contents: dict[str, dict[str, Any]] = {}
    manifests = []
    for number, name in enumerate(names):
        earlier = names[:number]
        content: dict[str, Any] = dict(IMAGE)
        if earlier and chance.random() < 0.4:
            content = index(*chance.sample(earlier, chance.randrange(1, len(earlier) + 1)))
        if earlier and chance.random() < 0.4:
            content["subject"] = {"digest": digest(chance.choice([*earlier, "gone"]))}
        tags = [tag for tag in ("v1", sig(chance.choice([*earlier, "gone"]))) if chance.random() < 0.25]
        contents[digest(name)] = content
        old, named = chance.random() < 0.7, chance.random() < 0.1
        manifests.append(manifest(name, *tags, old=old, named=named))
    chance.shuffle(manifests)

    gone = removable(manifests, contents)
    stays = {one.digest for one in manifests} - set(gone)
    assert len(gone) == len(set(gone))
    for one in manifests:
        content = contents[one.digest]
        needs = {entry["digest"] for entry in content.get("manifests", [])}
        signs = {(content.get("subject") or {}).get("digest")} | one.attached_to
        there = {entry.digest for entry in manifests}
        if one.digest in stays:
            assert needs & there <= stays
            assert signs & there <= stays
        else:
            assert not one.has_name
            assert one.old or signs & set(gone)
            # Whatever pointed at it has gone before it.
            later = set(gone[gone.index(one.digest) :])
            assert not needs & (set(gone) - later)
            assert not signs & (set(gone) - later)
    for one in manifests:
        signs = {(contents[one.digest].get("subject") or {}).get("digest")} | one.attached_to
        if signs & stays:
            assert one.digest in stays
