#!/usr/bin/python
# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The stack_lock module."""

from __future__ import annotations

DOCUMENTATION = r"""
module: stack_lock
version_added: 0.1.0
short_description: Keep other runs away from a stack
description:
  - Takes, gives back, breaks, or examines the lock of a stack, so that of several runs only one changes it at a time.
  - A lock is kept as a file on the host that runs the module, or, for runs from several hosts, as a leased blob in a
    storage account.
  - It says who has it, where, since when, and why; whoever has to wait is shown this.
  - A lock is stale when the C(ansible-playbook) that took it has ended on the same host, or when it is older than
    O(max_age). A stale lock is taken over with a warning that names its former owner.
  - In check mode nothing is changed and nothing is awaited; RV(message) says what a run would do.
  - Follows U(https://learn.microsoft.com/rest/api/storageservices/lease-blob).
author:
  - codexdominion.azure contributors (@codexdominion)
extends_documentation_fragment:
  - codexdominion.azure.azure
  - codexdominion.azure.blob_container
  - codexdominion.azure.attributes
attributes:
  diff_mode:
    description: There is no diff; RV(message) says what has changed.
    support: none
options:
  name:
    description: The name of the stack.
    type: str
    required: true
  state:
    description:
      - V(acquired) takes the lock. Taking it again with the same O(lock_id) changes nothing.
      - V(released) gives back the lock that O(lock_id) stands for. A lock that is gone is fine, somebody else's is not.
      - V(broken) removes the lock, whoever has it.
      - V(examined) only tells about it.
    type: str
    choices: [acquired, released, broken, examined]
    default: acquired
  lock_id:
    description:
      - The UUID that RV(lock_id) returned when the lock was taken. Required with O(state=released).
      - With O(state=acquired), the UUID to take the lock with. If not set, a random one.
      - It is no secret, but keeps one run from giving back the lock of another.
    type: str
  owner:
    description: Who takes the lock. If not set, the user who runs the module.
    type: str
  reason:
    description: Why the lock is taken, such as the name of the playbook.
    type: str
    default: ""
  wait_timeout:
    description: How long to wait for somebody else's lock, in seconds. With V(0) the task fails at once.
    type: int
    default: 0
  max_age:
    description: After how many seconds a lock is stale even if its run may still go on. V(0) means never.
    type: int
    default: 21600
  directory:
    description:
      - The directory for locks, if O(storage_account_url) is not set.
      - If not set, C(codexdominion.azure/locks) below E(XDG_STATE_HOME) or C(~/.local/state), which keeps only runs of
        the same user apart. Several users of a host share one in which all of them may write.
      - Where the file system ends with the run, as in the execution environments of AWX, only a storage account helps.
    type: path
"""

EXAMPLES = r"""
- name: Keep other runs away
  codexdominion.azure.stack_lock:
    name: production
    reason: redeploy_backend
    wait_timeout: 600
  register: lock
  changed_when: false

- name: Let others go on
  codexdominion.azure.stack_lock:
    name: production
    state: released
    lock_id: "{{ lock.lock_id }}"
  changed_when: false

- name: See who works on a stack, from any host
  codexdominion.azure.stack_lock:
    name: production
    state: examined
    storage_account_url: https://codexops.blob.core.windows.net
"""

RETURN = r"""
lock:
  description:
    - The lock as it is now; V(null) if there is none.
    - C(readable) is V(false), and who has it is missing, if what is stored there is no lock.
  returned: success
  type: dict
  sample:
    stack: production
    owner: alice
    host: ops-1
    pid: 4711
    reason: redeploy_backend
    since: "2026-11-22T20:00:00.123+00:00"
    age_seconds: 190
    stale: false
    stale_because: ""
    readable: true
lock_id:
  description: What to release the lock with; V(null) unless O(state=acquired).
  returned: success
  type: str
  sample: 0d4ad1b2-3f4f-4a5c-9a54-3e1f6d6ac1de
former:
  description: The lock that was taken over, released, or broken, in the form of RV(lock); V(null) if there was none.
  returned: success
  type: dict
where:
  description: The file or the URL of the lock.
  returned: success
  type: str
  sample: https://codexops.blob.core.windows.net/codex-operations/locks/production.json
message:
  description: What was done, or in check mode would be.
  returned: success
  type: str
  sample: "stack production is locked by alice at ops-1 for 3m10s: redeploy_backend"
failure:
  description: What went wrong, with C(code), C(message), C(remedy), C(status), C(request_id), C(correlation_id), and
    C(details).
  returned: failure
  type: dict
"""

import pathlib
import typing as t
import uuid

from ansible_collections.codexdominion.azure.plugins.module_utils._controller import _operator
from ansible_collections.codexdominion.azure.plugins.module_utils._core._context import Context
from ansible_collections.codexdominion.azure.plugins.module_utils._core._module import run_module
from ansible_collections.codexdominion.azure.plugins.module_utils._lock import _spec, _stack_lock
from ansible_collections.codexdominion.azure.plugins.module_utils._lock._blob import BlobStore
from ansible_collections.codexdominion.azure.plugins.module_utils._lock._content import Store
from ansible_collections.codexdominion.azure.plugins.module_utils._lock._directory import DirectoryStore
from ansible_collections.codexdominion.azure.plugins.module_utils._storage import _blob_container

SPEC = _spec.SPEC


def run(ctx: Context) -> dict[str, t.Any]:
    """Bring the lock to the wanted state."""
    params, stack = ctx.params, ctx.params["name"]
    store: Store
    if params["storage_account_url"]:
        store = BlobStore(_blob_container.BlobContainer(ctx.session, params), stack)
    else:
        store = DirectoryStore(pathlib.Path(params["directory"] or _operator.state_folder() / "locks"), stack)
    match params["state"]:
        case "acquired":
            return _stack_lock.acquire(ctx, store, stack, params["lock_id"] or str(uuid.uuid4()))
        case "released":
            return _stack_lock.release(ctx, store, stack, params["lock_id"])
        case "broken":
            return _stack_lock.break_(ctx, store, stack)
    return _stack_lock.examine(ctx, store, stack)


def main() -> None:
    """Run as an ordinary module."""
    run_module(SPEC, run)


if __name__ == "__main__":
    main()
