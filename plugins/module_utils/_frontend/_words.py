# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What operators read about a frontend: what a run did, and the kept builds. Pure; private to this collection."""

from __future__ import annotations

import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._core._plan import NOT_KNOWN

Facts = t.Mapping[str, t.Any]


def summary(deployed: Facts, found: Facts, built: Facts, *, site: str, stack: str, check: bool) -> str:
    """Return what a run did, and where the site is served.

    :param deployed: the result of the deployment; empty where nothing had to be deployed.
    :param found: what is known of the static web app.
    :param built: the result of the build; empty where nothing was to be built.
    :param check: whether it was a rehearsal.
    """
    deployment, build = deployed.get("deployment") or {}, built.get("build") or {}
    environment = deployment.get("environment") or "production"
    what = site if environment == "production" else f"{site} ({environment})"
    release = deployment.get("release") or build.get("release")
    if deployment.get("state") == "absent":
        removed = f"{'would be' if check else 'was'} removed, with the builds kept for it"
        return f"{stack}: {what} {removed if deployed.get('changed') else 'is not there, nothing to remove'}"
    if not deployed.get("changed"):
        change = f"serves {release} already, nothing uploaded"
    else:
        change = f"{'would serve' if check else 'serves'} {release or 'a new build'}"
    lines = [f"{stack}: {what} {change}"]
    if check and build and not release:
        lines.append(f"  {NOT_KNOWN}: what the build gives, and whether it succeeds")
    host = (found.get("static_web_app") or {}).get("default_hostname")
    url = deployment.get("url") or (f"https://{host}" if host and environment == "production" else "")
    if url:
        lines.append(f"  address  {url}")
    if deployment.get("files"):
        lines.append(f"  content  {deployment['files']} files, {deployment['size_bytes'] / (1 << 20):.1f} MB")
    if deployed.get("changed") and deployment.get("previous"):
        lines.append(f"  before   {deployment['previous']}")
    lines += [
        f"  domain   {one['name']} is {one['status']}"
        for one in (found.get("static_web_app") or {}).get("custom_domains") or []
        if one.get("status") != "Ready"
    ]
    return "\n".join(lines)


def history(found: Facts, site: str, stack: str, environment: str) -> str:
    """Return the kept builds as lines for people.

    :param found: the result of M(codexdominion.azure.static_web_app_release_info).
    """
    releases = found["releases"]
    what = site if environment == "production" else f"{site} ({environment})"
    lines = [f"{stack}: {len(releases)} build(s) of {what}, the newest first, > is served now"]
    for one in releases:
        commit = f"  commit {one['commit'][:12]}{'-dirty' if one['commit'].endswith('-dirty') else ''}"
        lines.append(
            f"{'>' if one['serving'] else ' '}   {one['name']}  {one['files']:>5} files "
            f"{one['size_bytes'] / (1 << 20):>7.1f} MB{commit if one['commit'] else ''}"
        )
    if found["serving"] and not any(one["serving"] for one in releases):
        lines.append(f">   {found['serving']}  is not kept here")
    if not found["serving"]:
        lines.append("what is served now is none of our builds" if found["url"] else "nothing is served yet")
    lines.append(f"at {found['url'] or 'no address yet'}, kept in {found['directory']}")
    return "\n".join(lines)
