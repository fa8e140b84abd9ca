# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A task ends with the run it works for. Standard library only; private to this collection.

Ansible ends its workers when it is interrupted, but not when it is killed (C(SIGKILL), the kernel out of memory). A
worker that went on then would write to Azure while its stack's lock counts as ended, beside whoever took it over.
"""

from __future__ import annotations

import contextlib
import functools
import os
import select
import signal
import threading
import time
import types
import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._controller import _operator

_SECONDS = 0.25
"""How often it is looked after the run where the system cannot tell by itself when a process ends."""


def end_with_run() -> None:
    """From now on, end this process and what it has started as soon as its C(ansible-playbook) is gone.

    Does nothing where there is none, as in a module on another host.
    """
    _watch_from(os.getpid())


@functools.lru_cache(maxsize=1)
def _watch_from(_pid: int) -> None:
    """Start to watch, once for each process: a fork inherits the answer, but not the thread."""
    run = _operator.run_process()
    if run is not None:
        threading.Thread(target=_end_after, args=(run,), name="run guard", daemon=True).start()


_last_words: list[t.Callable[[], None]] = []


@contextlib.contextmanager
def before_end(last_word: t.Callable[[], None]) -> t.Iterator[None]:
    """Have something done if the run ends, by itself or by force, while the C(with) block lasts.

    Ansible ends a worker by a signal, and the worker of a run that was killed is ended from here: no C(finally) would
    see either. Only for what takes a moment, such as cancelling what somebody else goes on with.
    """

    once = functools.lru_cache(maxsize=1)(last_word)

    def end(number: int, frame: types.FrameType | None) -> None:
        once()
        before = previous[signal.Signals(number)]
        if callable(before):
            before(number, frame)
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)

    main = threading.current_thread() is threading.main_thread()
    numbers = (signal.SIGINT, signal.SIGTERM) if main else ()
    previous = {number: signal.signal(number, end) for number in numbers}
    _last_words.append(once)
    try:
        yield
    except BaseException:
        once()
        raise
    finally:
        _last_words.remove(once)
        for number, before in previous.items():
            signal.signal(number, before)


def _end_after(run: _operator.Process) -> None:
    _await_end(run)
    for last_word in _last_words:
        last_word()
    os.killpg(os.getpgrp(), signal.SIGKILL)  # a worker has a process group of its own, with its programs in it


def _await_end(run: _operator.Process) -> None:
    if hasattr(os, "pidfd_open"):
        try:
            descriptor = os.pidfd_open(run.pid)
        except ProcessLookupError:
            return
        except OSError:  # an old kernel, or a sandbox that does not let us
            pass
        else:
            ended = select.poll()
            ended.register(descriptor, select.POLLIN)
            ended.poll()
            return
    while not _operator.has_ended(run):
        time.sleep(_SECONDS)
