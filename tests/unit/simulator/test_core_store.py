"""Documents, transactions, the clock and addresses."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from azure_simulator.core.addresses import Addresses, AddressesExhausted
from azure_simulator.core.clock import Clock, isoformat
from azure_simulator.core.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store.sqlite")


def test_ids_compare_without_case_and_keep_their_first_spelling(store: Store) -> None:
    store.put("groups", "/Subscriptions/A", {"n": 1})
    store.put("groups", "/subscriptions/a", {"n": 2})
    found = store.get("groups", "/SUBSCRIPTIONS/A")
    assert found is not None
    assert (found.id, found.body) == ("/Subscriptions/A", {"n": 2})
    assert len(store.list("groups")) == 1


def test_private_part_is_kept_unless_given(store: Store) -> None:
    store.put("registries", "r", {"n": 1}, {"password": "p"})
    assert store.put("registries", "r", {"n": 2}).private == {"password": "p"}
    assert store.put("registries", "r", {"n": 3}, {}).private == {}


def test_list_is_in_order_of_creation_and_by_prefix(store: Store) -> None:
    for name in ("z/1", "a/1", "z/2", "zz/1"):
        store.put("things", name, {"name": name})
    store.put("things", "z/1", {"name": "z/1"})
    assert [document.id for document in store.list("things")] == ["z/1", "a/1", "z/2", "zz/1"]
    assert [document.id for document in store.list("things", "Z/")] == ["z/1", "z/2"]


def test_failed_transaction_leaves_nothing(store: Store) -> None:
    store.put("things", "kept", {"n": 1})
    with pytest.raises(RuntimeError), store.transaction():
        store.put("things", "lost", {})
        store.put("things", "kept", {"n": 2})
        raise RuntimeError
    assert store.get("things", "lost") is None
    kept = store.get("things", "kept")
    assert kept is not None
    assert kept.body == {"n": 1}


def test_what_was_written_survives_without_a_close(store: Store, tmp_path: Path) -> None:
    store.put("things", "a", {"n": 1})
    assert Store(tmp_path / "store.sqlite").get("things", "a") is not None


def test_advancing_the_clock_ends_waits_and_is_kept(store: Store) -> None:
    async def run() -> None:
        clock = Clock(store)
        waiting = asyncio.create_task(clock.wait(3600))
        await asyncio.sleep(0)
        clock.advance(3601)
        await asyncio.wait_for(waiting, 5)
        assert Clock(store).now() - clock.now() < timedelta(seconds=1)
        with pytest.raises(ValueError, match="forward"):
            clock.advance(-1)

    asyncio.run(run())


def test_the_machines_time_of_a_simulated_moment(store: Store) -> None:
    start = datetime.now(UTC)
    for _ in range(2):
        Clock(store).advance(3600)
    clock = Clock(store)
    end = datetime.now(UTC)
    assert clock.machine_time(start) == start
    # Jumped over: at no time of the machine but that of the jump.
    jumps = [clock.machine_time(end + timedelta(hours=hours)) for hours in (0.5, 1.5)]
    assert start <= jumps[0] <= jumps[1] <= end
    for hours in (2, 3):
        moment = end + timedelta(hours=hours)
        assert clock.machine_time(moment) == moment - timedelta(hours=2)


def test_times_have_azures_form(store: Store) -> None:
    moment = Clock(store).now().replace(microsecond=12)
    assert isoformat(moment).endswith(".0000120Z")
    assert "." not in isoformat(moment, 0)


def test_addresses_are_kept_and_given_back(store: Store, tmp_path: Path) -> None:
    addresses = Addresses(store, tmp_path)
    try:
        first = addresses.allocate("/registries/one")
        assert addresses.allocate("/Registries/One") == first
        second = addresses.allocate("/registries/two")
        assert first != second
        assert first.rpartition(".")[0] == second.rpartition(".")[0]
        addresses.release("/registries/one")
        assert addresses.allocate("/registries/three") == first
    finally:
        addresses.close()


def test_a_taken_block_is_left_to_its_owner(store: Store, tmp_path: Path) -> None:
    one = Addresses(store, tmp_path)
    other = Store(tmp_path / "other.sqlite")
    two = Addresses(other, tmp_path)
    try:
        assert one.allocate("a").split(".")[2] != two.allocate("a").split(".")[2]
    finally:
        one.close()
        two.close()


def test_a_block_in_use_cannot_change(store: Store, tmp_path: Path) -> None:
    one = Addresses(store, tmp_path)
    one.allocate("a")
    with pytest.raises(AddressesExhausted, match="another simulator"):
        Addresses(store, tmp_path)
    one.close()
