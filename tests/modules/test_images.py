"""Images among everything else that lies in a registry: which one is run, and what pruning leaves. In this process."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from ansible_collections.codexdominion.azure.plugins.module_utils._registry import _image_prune
from tests.simulator_fixture import Simulator
from tests.support import manifests as made
from tests.support.invoke import CONNECTION, invoke

APP = "codex-backend"
Blobs = tuple[made.Manifest, list[bytes]]


class Repository:
    """One repository of a registry, and the modules that look into it."""

    def __init__(self, simulator: Simulator, registry: made.Registry, login: dict[str, str]) -> None:
        self.simulator = simulator
        self.registry = registry
        self._by_identity = {name: simulator.settings()[name] for name in CONNECTION}
        self._login = login

    def push(self, reference: str | None, pushed: Blobs) -> str:
        return self.registry.push(APP, reference, *pushed)

    def push_index(self, reference: str | None, *entries: made.Manifest, **options: Any) -> str:
        return self.registry.push(APP, reference, made.index(*entries, **options), [])

    def part(self, pushed: Blobs, platform: str | None = None, **more: Any) -> made.Manifest:
        """Push something without a tag; the entry of an index for it."""
        self.push(None, pushed)
        return made.descriptor(pushed[0], platform, **more)

    def ask(self, module: str, *, check_mode: bool = False, **params: Any) -> dict[str, Any]:
        login = self._login if params.pop("admin", True) else {}
        where = {**self._by_identity, **login, "registry": self.registry.server, "repository": APP}
        return invoke(module, {**where, **params}, check_mode=check_mode)

    def choose(self, **params: Any) -> dict[str, Any]:
        found = self.ask("container_image_info", choose=True, **params)
        assert "failed" not in found, found
        return found

    def prune(self, *, check_mode: bool = False, **params: Any) -> dict[str, Any]:
        """Prune at the time the registry has: its clock was moved on."""
        moment = datetime.datetime.fromisoformat(self.simulator.hook("GET", "health")["time"])

        class Moved(datetime.datetime):
            @classmethod
            def now(cls, tz: datetime.tzinfo | None = None) -> datetime.datetime:  # type: ignore[override]
                return moment

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(f"{_image_prune.__name__}.datetime.datetime", Moved)
            return self.ask("container_image_prune", check_mode=check_mode, **params)

    def newest(self, **params: Any) -> str | None:
        """The digest that is chosen."""
        chosen = self.choose(**params)["chosen"]
        return str(chosen["digest"]) if chosen else None


@pytest.fixture
def app(simulator: Simulator) -> Repository:
    simulator.register("Microsoft.ContainerRegistry")
    path = f"{simulator.group('codex')}/providers/Microsoft.ContainerRegistry/registries/codexregistry"
    body = {"location": "eastus", "sku": {"name": "Basic"}, "properties": {"adminUserEnabled": True}}
    simulator.call("PUT", path, "2025-11-01", body).raise_for_status()
    simulator.hook("POST", "clock", {"seconds": 60})
    credentials = simulator.call("POST", f"{path}/listCredentials", "2025-11-01").json()
    server = simulator.call("GET", path, "2025-11-01").json()["properties"]["loginServer"]
    login = {"username": credentials["username"], "password": credentials["passwords"][0]["value"]}
    return Repository(simulator, made.Registry(server, ca_path=simulator.connection["ca_path"], **login), login)


def later(app: Repository, seconds: int = 5) -> None:
    """Tags are told apart by their times."""
    app.simulator.hook("POST", "clock", {"seconds": seconds})


REFERENCE = {"annotations": {"vnd.docker.reference.type": "attestation-manifest"}}
# What may be pushed after an image: none of it is one for this platform.
LATER: dict[str, Any] = {
    "Cosign's signature": lambda app, on: app.push(f"{on.replace(':', '-')}.sig", made.signature()),
    "a signature under any other tag": lambda app, on: app.push("zz-latest", made.signature()),
    "a signature by its subject": lambda app, on: app.push(
        "signed", made.leaf(made.EMPTY, ["application/jose+json"], subject={"digest": on})
    ),
    "an attestation": lambda app, on: app.push("attested", made.attestation()),
    "a Helm chart": lambda app, on: app.push("1.2.3", made.helm()),
    "a file": lambda app, on: app.push("file", made.leaf(made.EMPTY, ["text/plain"], artifactType="text/x")),
    "an image for arm": lambda app, on: app.push("arm", made.image("linux/arm64")),
    "an image for Windows": lambda app, on: app.push("windows", made.image("windows/amd64")),
    "an index without this platform": lambda app, on: app.push_index(
        "elsewhere",
        app.part(made.image("linux/arm64"), "linux/arm64"),
        app.part(made.attestation(), "unknown/unknown", **REFERENCE),
    ),
    "an index of signatures": lambda app, on: app.push_index("list", app.part(made.signature())),
    "an index without anything": lambda app, on: app.push_index("empty"),
    "an old image for arm": lambda app, on: app.push(
        "old-arm",
        made.leaf(made.DOCKER_CONFIG, [made.DOCKER_LAYER], media_type=made.DOCKER_MANIFEST, platform="linux/arm64"),
    ),
}


@pytest.mark.parametrize("what", LATER)
def test_the_newest_image_is_not_what_lies_beside_it(app: Repository, what: str) -> None:
    image = app.push("1.0.0", made.image())
    later(app)
    other = LATER[what](app, image)
    found = app.choose()
    assert found["chosen"]["digest"] == image and found["problem"] == ""
    assert [one["digest"] for one in found["passed_over"]] == [other]
    named = app.choose(digest=other)
    assert named["chosen"] is None and not named["exists"]
    assert f"@{other} cannot be run: it is a" in named["problem"]


IMAGES: dict[str, Any] = {
    "an image": lambda app: app.push("new", made.image(salt="new")),
    "an image of Docker": lambda app: app.push(
        "new",
        made.leaf(made.DOCKER_CONFIG, [made.DOCKER_LAYER], media_type=made.DOCKER_MANIFEST, platform="linux/amd64"),
    ),
    "what BuildKit makes of one platform": lambda app: app.push_index(
        "new",
        app.part(made.image(salt="new"), "linux/amd64"),
        app.part(made.attestation(), "unknown/unknown", **REFERENCE),
    ),
    "a list of Docker": lambda app: app.push_index(
        "new",
        app.part(made.image("linux/arm64"), "linux/arm64"),
        app.part(made.image(salt="new"), "linux/amd64"),
        media_type=made.DOCKER_LIST,
    ),
    "an index that names no platforms": lambda app: app.push_index(
        "new", app.part(made.image("linux/arm64")), app.part(made.image(salt="new"))
    ),
}


@pytest.mark.parametrize("what", IMAGES)
def test_every_kind_of_image_is_one(app: Repository, what: str) -> None:
    app.push("old", made.image())
    later(app)
    new = IMAGES[what](app)
    assert app.newest() == new
    assert app.newest(tag="new") == new
    later(app)
    app.push("zz", made.signature())
    assert app.newest() == new
    assert app.newest(platform="plan9/mips") is None


def test_a_digest_needs_no_tag(app: Repository) -> None:
    """And may have been the one of a tag that has moved since."""
    first = app.push("latest", made.image(salt="1"))
    later(app)
    second = app.push("latest", made.image(salt="2"))
    assert app.newest() == second
    assert app.newest(digest=first) == first
    chosen = app.choose(digest=first)["chosen"]
    assert chosen["tag"] is None and chosen["image"] == f"{app.registry.server}/{APP}@{first}"
    assert app.choose(digest=second)["chosen"]["tag"] == "latest"


@pytest.mark.parametrize("wanted", [{}, {"tag": "nope"}, {"digest": "sha256:" + "0" * 64}])
def test_nothing_there(app: Repository, wanted: dict[str, str]) -> None:
    assert app.choose(**wanted)["problem"].startswith(f"The registry has no image {app.registry.server}/{APP}")
    app.push("sign", made.signature())
    found = app.choose(**wanted)
    assert found["problem"].startswith(f"The registry has no image {app.registry.server}/{APP}")
    assert wanted or "sign is a signature" in found["problem"]


def test_releases_are_no_choice(app: Repository) -> None:
    image = app.push("1.0.0", made.image(salt="1"))
    later(app)
    app.push("release-20261122T200000Z-4f2a9c1", made.image(salt="2"))
    assert app.newest(ignore_tags="release-.*Z-[0-9a-f]{7}$") == image


@pytest.mark.parametrize("admin", [True, False])
def test_few_requests(app: Repository, admin: bool) -> None:
    """One look at the tags and two at one image; what lies beside costs one more step, not one for each."""
    image = app.push("1.0.0", made.image())
    app.simulator.forget()
    assert app.newest(admin=admin) == image
    # Each of the two tokens that are wanted costs three requests.
    assert len(app.simulator.requests()) <= (3 if admin else 14)
    for number in range(30):
        app.push(f"v{number}", made.image(salt=str(number)))
    later(app)
    last = app.push("last", made.image(salt="last"))
    app.simulator.forget()
    assert app.newest(admin=admin) == last
    assert len(app.simulator.requests()) <= (3 if admin else 14)


def test_hiccups_are_no_verdicts(app: Repository) -> None:
    """What could not be read is not passed over in favour of something older."""
    app.push("old", made.image(salt="1"))
    later(app)
    app.push("new", made.image(salt="2"))
    app.simulator.fault("error", path="/v2/.*/manifests/", status=403, code="DENIED", message="no", times=None)
    found = app.ask("container_image_info", choose=True)
    assert found["failed"] and found["failure"]["code"] == "DENIED"


class TestPrune:
    """Against a real registry; the table of cases is in the unit test."""

    def test_what_belongs_together_stays_and_goes_together(self, app: Repository) -> None:
        kept, gone = app.push("kept", made.image(salt="kept")), app.push(None, made.image(salt="gone"))
        parts = [app.part(made.image("linux/amd64", "part"), "linux/amd64"), app.part(made.attestation())]
        nested = made.index(*parts)
        app.push_index("index", app.part((nested, [])))
        signs = {
            name: app.push(f"{on.replace(':', '-')}.sig", made.signature(name))
            for name, on in (("kept", kept), ("gone", gone))
        }
        bill = {"artifactType": "application/spdx+json"}
        bills = {
            name: app.push(None, made.leaf(made.EMPTY, ["text/x"], salt=name, subject={"digest": on}, **bill))
            for name, on in (("kept", kept), ("gone", gone), ("part", parts[0]["digest"]))
        }
        ran = app.push(None, made.image(salt="ran"))
        later(app, 10 * 86400)
        young = app.push(None, made.image(salt="young"))
        fresh = app.push(f"{gone.replace(':', '-')}.att", made.attestation("fresh"))
        params: dict[str, Any] = {"keep_digests": [ran], "untagged_days": 3}
        checked = app.prune(check_mode=True, **params)
        assert set(checked["manifests"]) == {gone, signs["gone"], bills["gone"], fresh}
        assert checked["manifests"][-1] == gone
        assert checked["changed"] and app.registry.has(APP, gone)
        pruned = app.prune(**params)
        assert pruned["manifests"] == checked["manifests"]
        for digest in (
            kept,
            signs["kept"],
            bills["kept"],
            bills["part"],
            parts[0]["digest"],
            parts[1]["digest"],
            ran,
            young,
        ):
            assert app.registry.has(APP, digest), digest
        for digest in (gone, signs["gone"], bills["gone"], fresh):
            assert not app.registry.has(APP, digest), digest
        assert not app.prune(**params)["changed"]

    def test_nothing_goes_when_something_cannot_be_read(self, app: Repository) -> None:
        old = app.push(None, made.image(salt="old"))
        app.push("kept", made.image(salt="kept"))
        later(app, 10 * 86400)
        app.simulator.fault("error", path="/v2/.*/manifests/", nth=2, status=403, code="DENIED", message="no")
        found = app.prune(keep_digests=[], untagged_days=1)
        assert found["failed"] and app.registry.has(APP, old)


class TestRegistry:
    """What the modules and other clients rely on."""

    @pytest.mark.parametrize(
        ("accept", "found"),
        [
            (None, "index"),
            ("*/*", "index"),
            (f"application/json, {made.OCI_INDEX};q=0.9", "index"),
            (f"{made.OCI_MANIFEST}, {made.DOCKER_MANIFEST}", None),
            (made.DOCKER_LIST, None),
        ],
    )
    def test_an_index_of_oci_by_what_is_accepted(self, app: Repository, accept: str | None, found: str | None) -> None:
        index = app.push_index("index", app.part(made.image(), "linux/amd64"))
        answer = app.registry.http("GET", f"/v2/{APP}/manifests/index", headers={"Accept": accept})
        if found:
            assert answer.headers["Docker-Content-Digest"] == index
        else:
            assert answer.status_code == 404
            (error,) = answer.json()["errors"]
            assert error["code"] == "MANIFEST_UNKNOWN" and "OCI index found, but accept header" in error["message"]

    def test_a_list_of_docker_for_a_client_that_knows_none(self, app: Repository) -> None:
        part = app.part(made.image(), "linux/amd64")
        listed = app.push_index("list", part, media_type=made.DOCKER_LIST)
        for accept, digest in ((made.DOCKER_LIST, listed), (made.DOCKER_MANIFEST, part["digest"])):
            answer = app.registry.http("GET", f"/v2/{APP}/manifests/list", headers={"Accept": accept})
            assert answer.headers["Docker-Content-Digest"] == digest

    def test_referrers_are_listed_and_go_with_their_subject(self, app: Repository) -> None:
        image = app.push("1.0.0", made.image())
        subject = {"digest": image, "mediaType": made.OCI_MANIFEST, "size": 1}
        bill = app.push(
            "bill", made.leaf(made.EMPTY, ["text/x"], subject=subject, artifactType="application/spdx+json")
        )
        on_bill = {**subject, "digest": bill}
        signed = app.push(None, made.leaf(made.EMPTY, ["text/x"], salt="s", subject=on_bill, artifactType="text/s"))
        listed = app.registry.http("GET", f"/v2/{APP}/referrers/{image}").json()["manifests"]
        assert [(one["digest"], one["artifactType"]) for one in listed] == [(bill, "application/spdx+json")]
        assert app.registry.http("DELETE", f"/v2/{APP}/manifests/{image}").status_code == 202
        assert not any(app.registry.has(APP, one) for one in (image, bill, "bill", signed))
