# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One run at a time per stack: how its lock is taken, waited for, and given back. Private to this collection.

Where locks are kept is behind C(Store): a directory of the control node, or blobs in a storage account. A lock exists
completely or not at all, and every change of a lock names the content it replaces: of several runs only one succeeds.
"""

from __future__ import annotations

import time
import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._controller import _operator
from ansible_collections.codexdominion.azure.plugins.module_utils._core._context import Context
from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import OperationsError
from ansible_collections.codexdominion.azure.plugins.module_utils._lock._content import Found, Lock, Store, duration

Result = dict[str, t.Any]


def acquire(ctx: Context, store: Store, stack: str, lock_id: str) -> Result:
    """Lock a stack, waiting for somebody else's lock up to C(wait_timeout).

    :raises OperationsError: C(StackLocked) when somebody else still holds the lock then.
    """
    params = ctx.params
    request = Lock.new(stack, params["owner"] or _operator.user(), params["reason"], lock_id)
    deadline = time.monotonic() + params["wait_timeout"]
    while True:
        mine = request.from_now()
        found = store.read()
        if found is None:
            if ctx.check_mode or store.create(mine, lock_id):
                return _acquired(ctx, store, mine, lock_id, f"stack {stack} {_done(ctx, 'locked')}")
        elif why := found.stale(params["max_age"]):
            if ctx.check_mode or store.replace(found, mine, lock_id):
                message = f"{found.describe(stack)}; {why}, so it {_done(ctx, 'taken over')}"
                if not found.held_with(lock_id):
                    ctx.warn(message)
                former = found.represent(params["max_age"])
                return {**_acquired(ctx, store, mine, lock_id, message), "former": former}
        elif found.held_with(lock_id):
            message = f"stack {stack} is locked under this lock_id already"
            return {**_result(store, message), "lock": found.represent(params["max_age"]), "lock_id": lock_id}
        elif ctx.check_mode:
            return {**_would_wait(ctx, store, found, stack), "lock_id": lock_id}
        else:
            # What waits for a run that was killed must not lock the stack for it.
            _wait(ctx, store, found, stack, 0 if request.run_has_ended() else deadline)


def release(ctx: Context, store: Store, stack: str, lock_id: str) -> Result:
    """Unlock a stack that was locked with C(lock_id).

    :raises OperationsError: C(LockNotOurs) when it is locked, but not with that id.
    """
    while (found := store.read()) is not None:
        if not found.held_with(lock_id):
            if ctx.check_mode:  # a run would have locked it before
                return {**_result(store, found.describe(stack)), "lock": found.represent(ctx.params["max_age"])}
            raise OperationsError(
                f"{_capital(found.describe(stack))}; that is not the lock to release",
                code="LockNotOurs",
                remedy="Leave it to its owner: the own one was broken or taken over, or lock_id is another lock's.",
                details={"lock": found.represent(ctx.params["max_age"]), "where": store.where},
            )
        if ctx.check_mode or store.remove(found, lock_id):
            former = found.represent(ctx.params["max_age"])
            return {**_result(store, f"stack {stack} {_done(ctx, 'unlocked')}", changed=True), "former": former}
    return _result(store, f"stack {stack} is not locked")


def break_(ctx: Context, store: Store, stack: str) -> Result:
    """Remove the lock of a stack, whoever holds it."""
    while (found := store.read()) is not None:
        if ctx.check_mode or store.remove(found, None):
            message = f"{found.describe(stack)}; the lock {_done(ctx, 'broken')}"
            former = found.represent(ctx.params["max_age"])
            return {**_result(store, message, changed=True), "former": former}
    return _result(store, f"stack {stack} is not locked")


def examine(ctx: Context, store: Store, stack: str) -> Result:
    """Say who has locked a stack."""
    found = store.read()
    if found is None:
        return _result(store, f"stack {stack} is not locked")
    stale = found.stale(ctx.params["max_age"])
    message = found.describe(stack) + (f"; stale: {stale}" if stale else "")
    return {**_result(store, message), "lock": found.represent(ctx.params["max_age"])}


def _wait(ctx: Context, store: Store, found: Found, stack: str, deadline: float) -> None:
    """Pause before looking again.

    :raises OperationsError: when there is no time left.
    """
    left = deadline - time.monotonic()
    if left > 0:
        ctx.report(found.describe(stack))
        time.sleep(min(store.pause, left))
        return
    waited = ctx.params["wait_timeout"]
    raise OperationsError(
        _capital(found.describe(stack)) + (f" (waited {duration(waited)})" if waited else ""),
        code="StackLocked",
        remedy="Wait for that run to end (-e lock_wait=600 waits for ten minutes), or, if nothing runs there any more, "
        f"break its lock: ansible-playbook playbooks/break_lock.yml --limit {stack} -e confirm={stack}",
        details={"lock": found.represent(ctx.params["max_age"]), "where": store.where},
    )


def _would_wait(ctx: Context, store: Store, found: Found, stack: str) -> Result:
    waits = ctx.params["wait_timeout"]
    message = f"{found.describe(stack)}; a run would {f'wait up to {duration(waits)}' if waits else 'fail'}"
    ctx.warn(message)
    return {**_result(store, message), "lock": found.represent(ctx.params["max_age"])}


def _acquired(ctx: Context, store: Store, mine: Lock, lock_id: str, message: str) -> Result:
    held = Found(mine.to_bytes(), 0).represent(ctx.params["max_age"])
    # In check mode an id is returned as well, so that what uses it can be checked too.
    return {**_result(store, message, changed=True), "lock": None if ctx.check_mode else held, "lock_id": lock_id}


def _result(store: Store, message: str, *, changed: bool = False) -> Result:
    return {"changed": changed, "message": message, "where": store.where, "lock": None, "lock_id": None, "former": None}


def _done(ctx: Context, done: str) -> str:
    return f"would be {done}" if ctx.check_mode else f"is {done}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
