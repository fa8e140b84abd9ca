"""Caches through Microsoft's unchanged SDKs and a real client."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import certifi
import pytest
import redis
from azure.core.exceptions import HttpResponseError, ResourceExistsError, ResourceNotFoundError

from tests.simulator.redis_bench import BASIC, GROUP, STANDARD, Bench, answers, kill, no_servers, servers
from tests.simulator_fixture import Simulator
from tests.support.local_azure import LocalAzure
from tests.support.waiting import until

HERE = {"startIP": "127.0.0.1", "endIP": "127.0.0.1"}
ELSEWHERE = {"startIP": "10.0.0.1", "endIP": "10.0.0.9"}


@pytest.fixture
def azure(simulator: Simulator) -> Iterator[Bench]:
    bench = Bench(simulator)
    yield bench
    bench.close()


@pytest.fixture(scope="class")
def one_cache(simulator_process: Simulator) -> Iterator[redis.Redis]:
    """A client of a cache that several tests may share."""
    simulator_process.reset()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("REQUESTS_CA_BUNDLE", simulator_process.connection["ca_path"])
        bench = Bench(simulator_process)
        bench.create()
        yield bench.connect()
        bench.close()


def refused(response: Any) -> tuple[int, str]:
    """Status and code of an error."""
    return response.status_code, response.json()["error"]["code"]


def elsewhere(azure: Bench, client: Any, before: Any, also: Callable[[], bool] = lambda: True) -> bool:
    """Whether another node answers than before; nodes come and go, so a client may be cut off between two questions."""
    try:
        return azure.node(client) != before and also()
    except (redis.exceptions.ConnectionError, redis.exceptions.TimeoutError):
        return False


class TestCache:
    """Create, read, change, delete."""

    def test_its_life(self, azure: Bench) -> None:
        cache = azure.create()
        assert (cache.name, cache.location, cache.provisioning_state) == ("codex-redis", "East US", "Succeeded")
        assert cache.host_name.startswith("127.77.")
        assert (cache.port, cache.ssl_port, cache.enable_non_ssl_port) == (6379, 6380, False)
        assert cache.access_keys is None
        assert cache.redis_configuration.maxclients == "256"
        assert [instance.is_primary for instance in cache.instances] == [True]
        client = azure.connect()
        client.set("capsule", "1", ex=60)
        assert client.get("capsule") == "1"
        info: Any = client.info()
        assert (info["maxmemory"], info["maxmemory_policy"]) == (190 * 1024 * 1024, "volatile-lru")
        assert [found.name for found in azure.caches.list_by_resource_group(GROUP)] == ["codex-redis"]
        assert [found.name for found in azure.caches.list_by_subscription()] == ["codex-redis"]
        azure.caches.begin_delete(GROUP, "codex-redis").result()
        with pytest.raises(ResourceNotFoundError):
            azure.caches.get(GROUP, "codex-redis")
        assert not answers(client)
        assert azure.raw("DELETE", azure.path("codex-redis")).status_code == 204
        no_servers(azure.simulator)

    def test_a_new_cache_is_answered_with_its_keys(self, azure: Bench) -> None:
        answer = azure.raw("PUT", azure.path("codex-redis"), azure.body({**BASIC, "family": "c"}))
        assert answer.status_code == 201
        body = answer.json()["properties"]
        assert (body["provisioningState"], body["sku"]) == ("Creating", BASIC)
        assert set(body["accessKeys"]) == {"primaryKey", "secondaryKey"}
        assert body["instances"] == [{"sslPort": 15000, "isMaster": False, "isPrimary": False}]
        assert "/locations/East%20US/asyncOperations/" in answer.headers["Azure-AsyncOperation"]
        assert answer.headers["Location"].split("?")[0].endswith("/codex-redis")
        assert azure.raw("GET", azure.path("codex-redis")).json()["properties"]["accessKeys"] is None

    def test_no_key_is_logged_or_kept_by_the_servers(self, azure: Bench) -> None:
        azure.create(sku=STANDARD)
        azure.connect().set("capsule", "1")
        for key in azure.access_keys():
            assert key not in str(azure.simulator.requests())
            files = [path for path in azure.simulator.state_dir.rglob("*") if path.is_file()]
            holders = [path for path in files if key.encode() in path.read_bytes()]
            assert {path.name for path in holders} <= {"store.sqlite", "store.sqlite-wal"}
            assert all(path.stat().st_mode & 0o077 == 0 for path in holders)
        for pid in servers(azure.simulator):
            words = Path(f"/proc/{pid}/cmdline").read_bytes()
            assert not any(key.encode() in words for key in azure.access_keys())

    def test_changes(self, azure: Bench) -> None:
        azure.create()
        client = azure.connect()
        client.set("capsule", "1")
        wanted = {
            "enableNonSslPort": True,
            "redisConfiguration": {"maxmemory-policy": "allkeys-lfu", "notify-keyspace-events": "KEA"},
        }
        changed = azure.caches.begin_update(GROUP, "codex-redis", {"properties": wanted, "tags": {"a": "b"}}).result()
        assert (changed.enable_non_ssl_port, changed.tags) == (True, {"a": "b"})
        assert changed.redis_configuration.maxmemory_policy == "allkeys-lfu"
        assert azure.connect(ssl=False, port=6379).get("capsule") == "1"
        info: Any = client.info()
        assert info["maxmemory_policy"] == "allkeys-lfu"
        again = azure.caches.begin_update(GROUP, "codex-redis", {"properties": {"enableNonSslPort": False}}).result()
        # A PATCH leaves what it does not name; a PUT does not.
        assert again.redis_configuration.maxmemory_policy == "allkeys-lfu"
        assert not answers(azure.connect(ssl=False, port=6379))
        azure.create()
        assert "maxmemory-policy" not in str(azure.raw("GET", azure.path("codex-redis")).json())
        assert client.get("capsule") == "1"

    def test_what_changes_nothing_is_done_at_once(self, azure: Bench) -> None:
        azure.create()
        for method, body in (
            ("PATCH", {"properties": {"enableNonSslPort": False}}),
            ("PATCH", {"tags": {"c": "d"}}),
            ("PUT", azure.body()),
        ):
            answer = azure.raw(method, azure.path("codex-redis"), body)
            assert answer.status_code == 200
            assert answer.json()["properties"]["provisioningState"] == "Succeeded"
            assert "Azure-AsyncOperation" not in answer.headers
            assert (answer.json()["properties"]["accessKeys"] is None) == (method == "PATCH")

    def test_busy_while_another_write_goes_on(self, azure: Bench) -> None:
        azure.create()
        azure.slowly("PATCH", "codex-redis")
        change = {"properties": {"redisConfiguration": {"maxmemory-policy": "noeviction"}}}
        first = azure.raw("PATCH", azure.path("codex-redis"), change)
        assert (first.status_code, first.json()["properties"]["provisioningState"]) == (202, "Updating")
        path = azure.path("codex-redis")
        for method, below, body in (
            ("PATCH", "", change | {"tags": {"x": "y"}}),
            ("DELETE", "", None),
            ("POST", "/forceReboot", {"rebootType": "AllNodes"}),
            ("POST", "/regenerateKey", {"keyType": "Primary"}),
            ("POST", "/flush", None),
        ):
            answer = azure.raw(method, path + below, body)
            assert refused(answer) == (409, "Conflict"), below
            assert "is busy processing a previous update request" in answer.json()["error"]["message"]
        with pytest.raises(ResourceExistsError):
            azure.caches.regenerate_key(GROUP, "codex-redis", {"keyType": "Primary"})
        azure.pass_time(3600)
        until(lambda: azure.caches.get(GROUP, "codex-redis").provisioning_state == "Succeeded")

    def test_a_change_that_fails_leaves_the_cache_as_it_was(self, azure: Bench) -> None:
        azure.create()
        azure.simulator.fault("operation_failure", method="PATCH", path="codex-redis", code="Broken", message="no")
        body: Any = {"properties": {"enableNonSslPort": True}}
        with pytest.raises(HttpResponseError):
            azure.caches.begin_update(GROUP, "codex-redis", body).result()
        cache = azure.caches.get(GROUP, "codex-redis")
        assert (cache.provisioning_state, cache.enable_non_ssl_port) == ("Succeeded", False)

    @pytest.mark.parametrize(
        "properties",
        [
            {"sku": {"name": "Basic", "family": "P", "capacity": 1}},
            {"sku": {"name": "Premium", "family": "P", "capacity": 6}},
            {"sku": {"name": "Standard", "family": "C", "capacity": 7}},
            {"redisConfiguration": {"maxmemory-policy": "oldest-first"}},
            {"redisConfiguration": {"maxmemory-reserved": "240"}},
            {"redisConfiguration": {"rdb-backup-enabled": "true"}},
            {"redisConfiguration": {"unheard-of": "1"}},
            {"redisVersion": "3.2"},
            {"disableAccessKeyAuthentication": True},
        ],
    )
    def test_bad_values_are_refused(self, azure: Bench, properties: dict[str, Any]) -> None:
        body = {"location": "eastus", "properties": {"sku": BASIC, **properties}}
        assert refused(azure.raw("PUT", azure.path("codex-redis"), body)) == (400, "BadRequest")
        assert azure.raw("GET", azure.path("codex-redis")).status_code == 404

    def test_names(self, azure: Bench) -> None:
        azure.simulator.hook("POST", "redis/reserve-name", {"name": "theirs"})
        check = f"{azure.simulator.subscription}/providers/Microsoft.Cache/CheckNameAvailability"
        for name, status in (("mine", 200), ("theirs", 409), ("no--good", 400)):
            body = {"name": name, "type": "Microsoft.Cache/Redis"}
            assert azure.raw("POST", check, body).status_code == status
        assert refused(azure.raw("PUT", azure.path("theirs"), azure.body()))[0] == 409
        assert refused(azure.raw("PUT", azure.path("no--good"), azure.body()))[0] == 400

    def test_creation_may_be_blocked_for_who_never_had_one(self, azure: Bench) -> None:
        azure.simulator.hook("POST", "redis/creation", {"creation": "blocked"})
        answer = azure.raw("PUT", azure.path("codex-redis"), azure.body())
        assert refused(answer) == (400, "BadRequest")
        assert "no longer supported" in answer.json()["error"]["message"]
        azure.simulator.hook("POST", "redis/creation", {"creation": "allowed"})
        azure.create()
        azure.simulator.hook("POST", "redis/creation", {"creation": "blocked"})
        assert azure.create("second").provisioning_state == "Succeeded"

    def test_patch_schedule(self, azure: Bench) -> None:
        azure.create()
        entries = {"properties": {"scheduleEntries": [{"dayOfWeek": "Sunday", "startHourUtc": 3}]}}
        made: Any = azure.schedules.create_or_update(GROUP, "codex-redis", "default", entries)
        assert (made.name, made.schedule_entries[0].start_hour_utc) == ("codex-redis/default", 3)
        assert len(list(azure.schedules.list_by_redis_resource(GROUP, "codex-redis"))) == 1
        azure.schedules.delete(GROUP, "codex-redis", "default")
        with pytest.raises(ResourceNotFoundError):
            azure.schedules.get(GROUP, "codex-redis", "default")


class TestScaling:
    """From a size to another."""

    def test_basic_to_standard_keeps_the_data(self, azure: Bench) -> None:
        azure.create()
        azure.connect().set("capsule", "1")
        scaled = azure.caches.begin_update(GROUP, "codex-redis", {"properties": {"sku": STANDARD}}).result()
        assert (scaled.sku.name, len(scaled.instances)) == ("Standard", 2)
        client = azure.connect()
        info: Any = client.info()
        assert (client.get("capsule"), info["connected_slaves"]) == ("1", 1)

    def test_basic_of_another_size_is_another_cache(self, azure: Bench) -> None:
        azure.create()
        azure.connect().set("capsule", "1")
        azure.slowly("PATCH", "codex-redis")
        body = {"properties": {"sku": {**BASIC, "capacity": 1}}}
        answer = azure.raw("PATCH", azure.path("codex-redis"), body).json()["properties"]
        assert (answer["provisioningState"], answer["sku"]["capacity"]) == ("Scaling", 1)
        azure.pass_time(3600)
        until(lambda: azure.caches.get(GROUP, "codex-redis").provisioning_state == "Succeeded")
        client = azure.connect()
        info: Any = client.info()
        assert (client.get("capsule"), info["maxclients"]) == (None, 1000)

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            (STANDARD, BASIC),
            ({"name": "Premium", "family": "P", "capacity": 1}, {**STANDARD, "capacity": 1}),
            (BASIC, {"name": "Premium", "family": "P", "capacity": 1}),
            (BASIC, {**STANDARD, "capacity": 1}),
            ({**STANDARD, "capacity": 1}, STANDARD),
        ],
    )
    def test_what_azure_does_not_do(self, azure: Bench, old: dict[str, Any], new: dict[str, Any]) -> None:
        azure.create(sku=old)
        answer = azure.raw("PATCH", azure.path("codex-redis"), {"properties": {"sku": new}})
        assert refused(answer) == (400, "BadRequest")
        assert azure.caches.get(GROUP, "codex-redis").sku.name == old["name"]

    def test_not_together_with_other_changes(self, azure: Bench) -> None:
        azure.create()
        body = {"properties": {"sku": STANDARD, "enableNonSslPort": True}}
        answer = azure.raw("PATCH", azure.path("codex-redis"), body)
        assert refused(answer) == (400, "BadRequest")
        assert "'properties.enableNonSslPort,properties.sku'" in answer.json()["error"]["message"]


class TestAccess:
    """Who gets in, and what they may do."""

    def test_both_keys_until_they_are_regenerated(self, azure: Bench) -> None:
        azure.create(sku=STANDARD)
        primary, secondary = azure.access_keys()
        old, other = azure.connect(key=primary), azure.connect(key=secondary)
        assert old.set("capsule", "1") and other.get("capsule") == "1"
        made = azure.caches.regenerate_key(GROUP, "codex-redis", {"keyType": "Primary"})
        assert made.primary_key not in (primary, secondary)
        assert made.secondary_key == secondary
        # Who is connected stays so; nobody else gets in with the old one.
        assert old.get("capsule") == "1"
        with pytest.raises(redis.AuthenticationError):
            azure.connect(key=primary).ping()
        assert azure.connect(key=made.primary_key).get("capsule") == "1"
        assert other.get("capsule") == "1"

    def test_a_regenerated_key_holds_after_a_failover(self, azure: Bench) -> None:
        azure.create(sku=STANDARD)
        old, _ = azure.access_keys()
        azure.caches.regenerate_key(GROUP, "codex-redis", {"keyType": "Primary"})
        client = azure.connect()
        before = azure.node(client)
        azure.caches.force_reboot(GROUP, "codex-redis", {"rebootType": "PrimaryNode"})
        until(lambda: elsewhere(azure, client, before), "the failover")
        with pytest.raises(redis.AuthenticationError):
            azure.connect(key=old).ping()

    def test_without_access_keys(self, azure: Bench) -> None:
        azure.create(redisConfiguration={"aad-enabled": "true"}, disableAccessKeyAuthentication=True)
        with pytest.raises(redis.AuthenticationError):
            azure.connect().ping()

    def test_firewall(self, azure: Bench) -> None:
        azure.create()
        client = azure.connect()
        assert answers(client)
        first = azure.raw("PUT", azure.path("codex-redis", "/firewallRules/elsewhere"), {"properties": ELSEWHERE})
        assert (first.status_code, first.json()["name"]) == (201, "codex-redis/elsewhere")
        assert "Location" in first.headers
        assert answers(client)
        assert not answers(azure.connect())
        azure.rules.create_or_update(GROUP, "codex-redis", "here", {"properties": HERE})
        assert answers(azure.connect())
        assert len(list(azure.rules.list(GROUP, "codex-redis"))) == 2
        assert azure.rules.get(GROUP, "codex-redis", "here").start_ip == "127.0.0.1"
        azure.rules.delete(GROUP, "codex-redis", "here")
        assert not answers(azure.connect())
        azure.rules.delete(GROUP, "codex-redis", "elsewhere")
        assert answers(azure.connect())
        backwards = {"properties": {"startIP": "10.0.0.9", "endIP": "10.0.0.1"}}
        assert refused(azure.raw("PUT", azure.path("codex-redis", "/firewallRules/x"), backwards))[0] == 400

    def test_without_public_access(self, azure: Bench) -> None:
        azure.create()
        azure.caches.begin_update(GROUP, "codex-redis", {"properties": {"publicNetworkAccess": "Disabled"}}).result()
        assert not answers(azure.connect())
        # Another change does not open it.
        azure.caches.begin_update(GROUP, "codex-redis", {"properties": {"updateChannel": "Preview"}}).result()
        assert azure.caches.get(GROUP, "codex-redis").public_network_access == "Disabled"
        assert not answers(azure.connect())

    def test_tls_is_verified_and_needed(self, azure: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
        azure.create()
        monkeypatch.delenv("SSL_CERT_FILE")
        with pytest.raises(redis.ConnectionError, match="certificate verify failed"):
            azure.connect(ssl_ca_certs=certifi.where()).ping()
        with pytest.raises((redis.ConnectionError, redis.TimeoutError)):
            azure.connect(ssl=False, port=6380).ping()

    def test_what_applications_use_works(self, azure: Bench) -> None:
        azure.create(sku={"name": "Premium", "family": "P", "capacity": 2})
        client = azure.connect(db=31)
        pipeline = client.pipeline(transaction=True)
        for number in range(2000):
            pipeline.set(f"key:{number}", "x" * 100, ex=600)
        assert all(pipeline.execute())
        assert client.dbsize() == 2000
        assert client.eval("return redis.call('get', KEYS[1])", 1, "key:7") == "x" * 100
        large = "y" * (8 * 1024 * 1024)
        client.set("large", large)
        assert client.get("large") == large
        subscriber = client.pubsub()
        subscriber.subscribe("signals")
        until(lambda: (subscriber.get_message(timeout=1) or {}).get("type") == "subscribe")
        client.publish("signals", "now")
        until(lambda: (subscriber.get_message(timeout=1) or {}).get("data") == "now")
        with pytest.raises(redis.ResponseError, match="out of range"):
            azure.connect(db=32).ping()

    def test_memory_is_limited(self, azure: Bench) -> None:
        reserved = {"maxmemory-reserved": "150", "maxfragmentationmemory-reserved": "90"}
        azure.create(redisConfiguration={"maxmemory-policy": "noeviction", **reserved})
        client = azure.connect()
        value = "x" * (1024 * 1024)
        with pytest.raises(redis.OutOfMemoryError):
            for number in range(12):
                client.set(f"key:{number}", value)
        policy = {"properties": {"redisConfiguration": {"maxmemory-policy": "allkeys-lru"}}}
        azure.caches.begin_update(GROUP, "codex-redis", policy).result()
        for number in range(12):
            client.set(f"other:{number}", value)
        info: Any = client.info()
        assert info["evicted_keys"] > 0


class TestCommands:
    """What the service keeps for itself."""

    @pytest.mark.parametrize(
        "command",
        [
            ("CONFIG", "GET", "maxmemory"),
            ("CONFIG", "SET", "maxmemory", "1"),
            ("DEBUG", "SLEEP", "0"),
            ("SHUTDOWN", "NOSAVE"),
            ("SAVE",),
            ("BGSAVE",),
            ("BGREWRITEAOF",),
            ("MIGRATE", "127.0.0.1", "6379", "x", "0", "1"),
            ("REPLICAOF", "NO", "ONE"),
            ("SLAVEOF", "NO", "ONE"),
            ("FAILOVER",),
            ("PSYNC", "?", "-1"),
            ("SYNC",),
            ("REPLCONF", "ACK", "0"),
            ("ACL", "LIST"),
            ("CLUSTER", "RESET"),
        ],
    )
    def test_commands_of_the_service_alone(self, command: tuple[str, ...], one_cache: redis.Redis) -> None:
        with pytest.raises(redis.ResponseError, match=r"unknown command|has no permissions"):
            one_cache.execute_command(*command)
        assert one_cache.ping()


class TestReboot:
    """`forceReboot` is answered first and done then."""

    def test_basic_loses_everything(self, azure: Bench) -> None:
        azure.create()
        client = azure.connect()
        client.set("capsule", "1")
        before = azure.node(client)
        answer = azure.raw("POST", azure.path("codex-redis", "/forceReboot"), {"rebootType": "AllNodes"})
        assert answer.status_code == 200
        assert answer.json() == {
            "message": "The requested reboot operation for 'Value' has been successfully scheduled and should be "
            "executed shortly."
        }
        until(lambda: elsewhere(azure, client, before), "the reboot")
        assert client.get("capsule") is None
        assert azure.caches.get(GROUP, "codex-redis").provisioning_state == "Succeeded"

    def test_standard_fails_over_and_keeps_the_data(self, azure: Bench) -> None:
        azure.create(sku=STANDARD)
        client = azure.connect()
        client.set("capsule", "1")
        before = azure.node(client)
        azure.caches.force_reboot(GROUP, "codex-redis", {"rebootType": "PrimaryNode"})
        until(lambda: elsewhere(azure, client, before), "the failover")
        assert client.get("capsule") == "1"
        primary = [node.is_primary for node in azure.caches.get(GROUP, "codex-redis").instances]
        assert primary == [False, True]
        until(lambda: client.info()["connected_slaves"] == 1, "the new replica")
        # And back again: the rebooted node has the data, too.
        before = azure.node(client)
        azure.caches.force_reboot(GROUP, "codex-redis", {"rebootType": "PrimaryNode"})
        until(lambda: elsewhere(azure, client, before), "the second failover")
        assert client.get("capsule") == "1"

    def test_the_replica_alone_disturbs_nobody(self, azure: Bench) -> None:
        azure.create(sku=STANDARD)
        client = azure.connect()
        client.set("capsule", "1")
        before, processes = azure.node(client), set(servers(azure.simulator))
        azure.caches.force_reboot(GROUP, "codex-redis", {"rebootType": "SecondaryNode"})
        until(lambda: len(set(servers(azure.simulator)) - processes) == 1, "the new replica")
        assert azure.node(client) == before
        assert client.get("capsule") == "1"

    def test_all_nodes_of_standard_lose_everything(self, azure: Bench) -> None:
        azure.create(sku=STANDARD)
        client = azure.connect()
        client.set("capsule", "1")
        before = azure.node(client)
        azure.caches.force_reboot(GROUP, "codex-redis", {"rebootType": "AllNodes"})

        until(lambda: elsewhere(azure, client, before, also=lambda: client.get("capsule") is None), "both reboots")

    def test_a_crash_is_recovered_from(self, azure: Bench) -> None:
        azure.create(sku=STANDARD)
        client = azure.connect()
        client.set("capsule", "1")
        before, info = azure.node(client), client.info()
        os.kill(info["process_id"], signal.SIGKILL)
        until(lambda: elsewhere(azure, client, before), "the failover")
        assert client.get("capsule") == "1"
        until(lambda: len(servers(azure.simulator)) == 2, "the replica")


class TestFlush:
    def test_the_services_own(self, azure: Bench) -> None:
        azure.create()
        client = azure.connect()
        client.set("capsule", "1")
        azure.connect(db=3).set("capsule", "2")
        azure.slowly("POST", "flush")
        answer = azure.raw("POST", azure.path("codex-redis", "/flush"))
        assert (answer.status_code, answer.content) == (202, b"")
        assert answer.headers["Location"] == answer.headers["Azure-AsyncOperation"]
        assert "/operationresults/" in answer.headers["Location"]
        poll = azure.raw("GET", answer.headers["Location"], version="")
        assert (poll.status_code, poll.json()["status"]) == (202, "InProgress")
        assert client.get("capsule") == "1"
        azure.pass_time(3600)
        until(lambda: azure.raw("GET", answer.headers["Location"], version="").status_code == 200)
        assert client.get("capsule") is None
        assert azure.connect(db=3).dbsize() == 0

    def test_by_the_sdk(self, azure: Bench) -> None:
        azure.create()
        client = azure.connect()
        client.set("capsule", "1")
        assert azure.caches.begin_flush_cache(GROUP, "codex-redis").result().status == "Succeeded"
        assert client.dbsize() == 0


class TestSimulatorsOwnLife:
    """What survives, and what is removed."""

    @pytest.mark.parametrize("end", ["in order", "killed"])
    def test_its_end_is_no_reboot(self, azure: Bench, end: str) -> None:
        azure.create()
        azure.create("codex-standard", STANDARD)
        azure.create_managed()
        for client in (azure.connect(), azure.connect("codex-standard"), azure.connect_managed()):
            client.set("capsule", "1")
        azure.rules.create_or_update(GROUP, "codex-redis", "here", {"properties": HERE})
        keys = azure.access_keys()
        if end == "killed":
            kill(azure.simulator)
            no_servers(azure.simulator)
        else:
            azure.simulator.stop()
            assert servers(azure.simulator) == []
        azure.simulator.start()
        again = Bench(azure.simulator)
        assert again.access_keys() == keys
        for client in (again.connect(), again.connect("codex-standard"), again.connect_managed()):
            assert client.get("capsule") == "1"
        assert len(servers(azure.simulator)) == 5
        again.close()

    def test_a_creation_goes_on(self, azure: Bench) -> None:
        azure.slowly("PUT", "codex-redis")
        azure.raw("PUT", azure.path("codex-redis"), azure.body())
        kill(azure.simulator)
        azure.simulator.start()
        again = Bench(azure.simulator)
        again.pass_time(3600)
        until(lambda: again.caches.get(GROUP, "codex-redis").provisioning_state == "Succeeded")
        assert answers(again.connect())
        again.close()

    def test_reset_and_the_groups_deletion_remove_everything(self, azure: Bench) -> None:
        azure.create(sku=STANDARD)
        azure.create_managed()
        assert len(servers(azure.simulator)) == 4
        azure.raw("DELETE", azure.group, version="2022-09-01").raise_for_status()
        until(lambda: azure.raw("GET", azure.group, version="2022-09-01").status_code == 404, "the group's deletion")
        assert servers(azure.simulator) == []
        azure.simulator.group(GROUP)
        azure.create()
        azure.simulator.reset()
        assert servers(azure.simulator) == []
        assert not list((azure.simulator.state_dir / "redis").glob("*/*"))


def clustered(azure: Bench, host: str) -> redis.RedisCluster:
    """Return a client that follows the members of a cluster."""
    return redis.RedisCluster(
        host=host,
        port=10000,
        ssl=True,
        ssl_ca_certs=azure.simulator.connection["ca_path"],
        password=azure.databases.list_keys(GROUP, "codex-amr", "default").primary_key,
        decode_responses=True,
    )


def held_by(client: redis.RedisCluster) -> list[int]:
    """Return how many keys each member holds: asked of the cluster, the library asks one."""
    return [int(client.dbsize(target_nodes=node)) for node in client.get_primaries()]


class TestManaged:
    """Azure Managed Redis: a cluster and its database."""

    def test_its_life(self, azure: Bench) -> None:
        cluster = azure.create_managed()
        assert (cluster.kind, cluster.provisioning_state, cluster.resource_state) == ("v2", "Succeeded", "Running")
        assert (cluster.high_availability, cluster.redundancy_mode) == ("Enabled", "LR")
        database = azure.databases.get(GROUP, "codex-amr", "default")
        assert (database.port, database.client_protocol, database.redis_version) == (10000, "Encrypted", "7.4")
        client = azure.connect_managed()
        client.set("capsule", "1")
        info: Any = client.info()
        assert (info["maxmemory"], info["connected_slaves"]) == (int(0.4 * 1024**3), 1)
        with pytest.raises(redis.ResponseError, match="out of range"):
            azure.connect_managed(db=1).ping()
        azure.databases.begin_flush(GROUP, "codex-amr", "default").result()
        assert client.dbsize() == 0
        assert [found.name for found in azure.clusters.list_by_resource_group(GROUP)] == ["codex-amr"]
        assert [found.name for found in azure.databases.list_by_cluster(GROUP, "codex-amr")] == ["default"]
        azure.databases.begin_delete(GROUP, "codex-amr", "default").result()
        assert not answers(client)
        azure.clusters.begin_delete(GROUP, "codex-amr").result()
        with pytest.raises(ResourceNotFoundError):
            azure.clusters.get(GROUP, "codex-amr")
        no_servers(azure.simulator)

    def test_access_keys_are_off_unless_asked_for(self, azure: Bench) -> None:
        azure.create_managed(accessKeysAuthentication=None)
        assert azure.databases.get(GROUP, "codex-amr", "default").access_keys_authentication == "Disabled"
        path = azure.path("codex-amr", "/databases/default/listKeys", "redisEnterprise")
        assert refused(azure.raw("POST", path, version="2025-07-01")) == (400, "BadRequest")
        body: Any = {"properties": {"accessKeysAuthentication": "Enabled"}}
        azure.databases.begin_update(GROUP, "codex-amr", "default", body).result()
        assert answers(azure.connect_managed())

    def test_keys_are_regenerated(self, azure: Bench) -> None:
        azure.create_managed()
        before = azure.databases.list_keys(GROUP, "codex-amr", "default")
        old = azure.connect_managed()
        assert answers(old)
        azure.databases.begin_regenerate_key(GROUP, "codex-amr", "default", {"keyType": "Primary"}).result()
        after = azure.databases.list_keys(GROUP, "codex-amr", "default")
        assert before.primary_key != after.primary_key
        assert before.secondary_key == after.secondary_key
        assert answers(old) and answers(azure.connect_managed())
        with pytest.raises(redis.AuthenticationError):
            azure.connect_managed(password=before.primary_key).ping()

    def test_a_cluster_of_the_open_protocol(self, azure: Bench) -> None:
        azure.create_managed(clusteringPolicy="OSSCluster")
        plain = azure.connect_managed()
        plain.set("{b}1", "1")
        with pytest.raises(redis.ResponseError, match="same slot"):
            plain.mget("b", "c")
        with pytest.raises(redis.ResponseError, match="15495"):
            plain.get("a")
        host = azure.clusters.get(GROUP, "codex-amr").host_name
        client = clustered(azure, host)
        for number in range(50):
            client.set(f"key{number}", "1")
        assert client.get("{b}1") == "1"
        assert sorted((node.host, node.port) for node in client.get_nodes()) == [(host, 8500), (host, 8501)]
        assert min(held_by(client)) > 0 and sum(held_by(client)) == 51
        client.close()
        azure.simulator.stop()
        azure.simulator.start()
        again = Bench(azure.simulator)
        client = clustered(again, host)
        assert sum(held_by(client)) == 51
        again.databases.begin_flush(GROUP, "codex-amr", "default").result()
        assert sum(held_by(client)) == 0
        client.close()
        again.close()

    def test_a_cache_becomes_a_cluster_with_its_keys(self, azure: Bench) -> None:
        azure.create_managed(clusteringPolicy="NoCluster", cluster={"highAvailability": "Disabled"})
        plain = azure.connect_managed()
        for number in range(50):
            plain.set(f"key{number}", str(number), ex=1000)
        body: Any = {"properties": {"clusteringPolicy": "OSSCluster"}}
        azure.databases.begin_update(GROUP, "codex-amr", "default", body).result()
        client = clustered(azure, azure.clusters.get(GROUP, "codex-amr").host_name)
        assert {client.get(f"key{number}") for number in range(50)} == {str(number) for number in range(50)}
        assert 0 < client.ttl("key7") <= 1000
        client.close()

    def test_changes(self, azure: Bench) -> None:
        azure.create_managed(cluster={"highAvailability": "Disabled"})
        client = azure.connect_managed()
        client.set("capsule", "1")
        azure.slowly("PATCH", "codex-amr")
        path = azure.path("codex-amr", kind="redisEnterprise")
        answer = azure.raw("PATCH", path, {"sku": {"name": "balanced_b1"}}, "2025-07-01")
        assert answer.status_code == 202
        shown = answer.json()
        assert (shown["sku"]["name"], shown["properties"]["resourceState"]) == ("Balanced_B0", "Scaling")
        below = azure.path("codex-amr", "/databases/default/flush", "redisEnterprise")
        assert refused(azure.raw("POST", below, version="2025-07-01")) == (409, "Conflict")
        azure.pass_time(3600)
        until(lambda: azure.clusters.get(GROUP, "codex-amr").resource_state == "Running")
        assert azure.clusters.get(GROUP, "codex-amr").sku.name == "Balanced_B1"
        body: Any = {"properties": {"evictionPolicy": "AllKeysLRU"}}
        assert (
            azure.databases.begin_update(GROUP, "codex-amr", "default", body).result().eviction_policy == "AllKeysLRU"
        )
        info: Any = client.info()
        assert (client.get("capsule"), info["maxmemory_policy"]) == ("1", "allkeys-lru")
        azure.clusters.begin_update(GROUP, "codex-amr", {"properties": {"highAvailability": "Enabled"}}).result()
        info = azure.connect_managed().info()
        assert info["connected_slaves"] == 1
        skus = azure.clusters.list_skus_for_scaling(GROUP, "codex-amr").skus
        assert "Balanced_B0" not in [sku.name for sku in skus]

    @pytest.mark.parametrize(
        ("version", "sku", "properties"),
        [
            ("2025-07-01", "Enterprise_E10", {"publicNetworkAccess": "Enabled"}),
            ("2024-02-01", "Balanced_B0", {}),
            ("2025-07-01", "Balanced_B0", {}),
            ("2025-07-01", "Balanced_B2", {"publicNetworkAccess": "Enabled"}),
        ],
    )
    def test_what_cannot_be_created(self, azure: Bench, version: str, sku: str, properties: dict[str, Any]) -> None:
        body = {"location": "eastus", "sku": {"name": sku}, "properties": properties}
        path = azure.path("codex-amr", kind="redisEnterprise")
        assert refused(azure.raw("PUT", path, body, version)) == (400, "BadRequest")

    def test_no_reboot_and_no_firewall_rules(self, azure: Bench) -> None:
        azure.create_managed()
        for method, below in (("POST", "/forceReboot"), ("PUT", "/firewallRules/here")):
            path = azure.path("codex-amr", below, "redisEnterprise")
            assert azure.raw(method, path, {}, "2025-07-01").status_code in (404, 405, 501)

    def test_what_is_fixed(self, azure: Bench) -> None:
        azure.create_managed(clusteringPolicy="EnterpriseCluster")
        path = azure.path("codex-amr", "/databases/default", "redisEnterprise")
        for properties in ({"clusteringPolicy": "NoCluster"}, {"port": 10001}):
            assert refused(azure.raw("PATCH", path, {"properties": properties}, "2025-07-01")) == (400, "BadRequest")
        other = azure.path("codex-amr", "/databases/other", "redisEnterprise")
        assert refused(azure.raw("PUT", other, {"properties": {}}, "2025-07-01")) == (400, "BadRequest")


def test_started_with_creation_blocked(tmp_path: Path) -> None:
    local = BlockedAzure(tmp_path / "state", 0)
    local.start()
    try:
        settings = local.connection
        simulator = Simulator(tmp_path / "state", 0)
        simulator.start()
        assert simulator.connection == settings
        simulator.register("Microsoft.Cache")
        group = simulator.group(GROUP)
        body = {"location": "eastus", "properties": {"sku": BASIC}}
        path = f"{group}/providers/Microsoft.Cache/redis/codex-redis"
        assert simulator.call("PUT", path, "2024-11-01", body).status_code == 400
        simulator.reset()
    finally:
        local.stop()


class BlockedAzure(LocalAzure):
    """A local Azure of somebody who never had a cache."""

    def _command(self, verb: str, *arguments: str) -> None:
        more = ("--classic-redis-creation", "blocked") if verb == "start" else ()
        super()._command(verb, *arguments, *more)
