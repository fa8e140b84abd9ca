"""Stands in for the get-pip script that ansible-test would download: pip comes with Python (ensurepip).

Called as get-pip is, with pip's own options and packages; `--no-setuptools` and `--no-wheel` are get-pip's and dropped.
"""

from __future__ import annotations

import runpy
import subprocess
import sys


def main() -> None:
    """Install the pip bundled with this Python, then let it install what was asked for."""
    # In a process of its own: ensurepip switches off pip's configuration for the rest of the process.
    subprocess.run([sys.executable, "-m", "ensurepip", "--default-pip"], check=True, stdout=subprocess.DEVNULL)
    wanted = [argument for argument in sys.argv[1:] if argument not in ("--no-setuptools", "--no-wheel")]
    sys.argv = ["pip", "install", "--quiet", *wanted]
    runpy.run_module("pip", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
