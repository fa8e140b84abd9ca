"""Programs in the place of those that schedules are installed with."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

# Looks units up in a folder, keeps whether they are enabled and active beside it, and notes what changes anything.
SYSTEMCTL = """#!/bin/sh
options=""
while [ "${1#--}" != "$1" ]; do options="$options$1 "; shift; done
verb=$1 unit=$2 state=$SYSTEMCTL_LOG.$2
case $verb in
show)
    [ -e "$SYSTEMCTL_UNITS/$unit" ] || { echo LoadState=not-found; echo ActiveState=inactive; exit 0; }
    echo LoadState=loaded
    if [ -e "$state.active" ]; then echo ActiveState=active; else echo ActiveState=inactive; fi
    exit 0 ;;
is-enabled)
    if [ -e "$state.enabled" ]; then echo enabled; else echo disabled; exit 1; fi
    exit 0 ;;
list-unit-files) exit 1 ;;
esac
echo "$options$*" >> "$SYSTEMCTL_LOG"
case $verb in
daemon-reload) exit 0 ;;
enable) touch "$state.enabled" ;;
disable) rm "$state.enabled" ;;
start) touch "$state.active" ;;
stop) rm "$state.active" ;;
*) echo "unexpected: $*" >&2; exit 1 ;;
esac
[ -e "$SYSTEMCTL_UNITS/$unit" ]
"""
CRONTAB = """#!/bin/sh
if [ "$1" = -l ]; then cat "TABLE"; else cat "$1" > "TABLE"; fi
"""


def put_systemctl_on_path(folder: Path, units: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put a systemctl on the PATH that knows the units in a folder; return the log of what it is told."""
    log = folder / "systemctl.log"
    log.touch()
    _put(folder / "programs", "systemctl", SYSTEMCTL, monkeypatch)
    monkeypatch.setenv("SYSTEMCTL_LOG", str(log))
    monkeypatch.setenv("SYSTEMCTL_UNITS", str(units))
    return log


def put_crontab_on_path(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put a crontab on the PATH; return the file that it reads and writes."""
    table = folder / "table"
    table.touch()
    _put(folder / "programs", "crontab", CRONTAB.replace("TABLE", str(table)), monkeypatch)
    return table


def _put(programs: Path, name: str, script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    programs.mkdir(exist_ok=True)
    (programs / name).write_text(script)
    (programs / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(programs), prepend=os.pathsep)
