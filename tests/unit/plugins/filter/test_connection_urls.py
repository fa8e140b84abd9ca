"""How the backend connects, as one URL: what clients read out of it is what was put into it."""

from __future__ import annotations

import random
import string
from typing import Any

import pytest
from ansible.errors import AnsibleFilterError
from psycopg.conninfo import conninfo_to_dict
from redis import ConnectionPool

from ansible_collections.codexdominion.azure.plugins.filter.postgresql_url import postgresql_url
from ansible_collections.codexdominion.azure.plugins.filter.redis_url import redis_url

FILE = "/etc/ssl/certs/ca-certificates.crt"
ODD = [
    "Xq7@:/%?#'\"\\ $HOME {} {{ 7*7 }} {% x %} &=+~`|<>;üÿ€",
    "Yb8@:/%41?#'\"\\ ${HOME} {} {{ 7*7 }} &=+~`|<>;üß€😀 ",
    "%2F",
    "a/b==",
    "?sslmode=disable",
    "@evil.example:1/x?",
]
SEED = 13


def texts() -> list[str]:
    """Texts that mean something in a URL, and as many made of anything at all."""
    chosen = random.Random(SEED)
    alphabet = string.printable.replace("\0", "") + "üßÿ€😀\u2028"
    return [*ODD, *("".join(chosen.choices(alphabet, k=chosen.randint(1, 40))) for _number in range(200))]


@pytest.mark.parametrize("text", texts(), ids=ascii)
def test_every_text_arrives_unchanged(text: str) -> None:
    url = postgresql_url("db.example", login=f"l{text}", password=text, database=f"d{text}")
    read = conninfo_to_dict(url)
    assert (read["user"], read["password"], read["dbname"]) == (f"l{text}", text, f"d{text}")
    assert (read["host"], read["port"], read["sslmode"]) == ("db.example", "5432", "verify-full")
    assert ConnectionPool.from_url(redis_url("cache.example", key=text)).connection_kwargs["password"] == text


@pytest.mark.parametrize(
    ("options", "query"),
    [
        ({}, f"sslmode=verify-full&sslrootcert={FILE}"),
        ({"ca_cert": "system"}, "sslmode=verify-full&sslrootcert=system"),
        ({"ca_cert": ""}, "sslmode=verify-full"),
        ({"ca_cert": "/mnt/our ca.pem"}, "sslmode=verify-full&sslrootcert=/mnt/our%20ca.pem"),
        ({"sslmode": "verify-ca"}, f"sslmode=verify-ca&sslrootcert={FILE}"),
        # Authorities would have libpq verify all the same.
        ({"sslmode": "require"}, "sslmode=require"),
        ({"sslmode": "require", "ca_cert": "system"}, "sslmode=require"),
    ],
)
def test_the_database_is_verified_unless_that_is_switched_off(options: dict[str, Any], query: str) -> None:
    url = postgresql_url("db", login="a", password="b", database="c", **options)
    assert url == f"postgresql://a:b@db:5432/c?{query}"


@pytest.mark.parametrize(
    ("options", "query"),
    [
        ({}, "ssl_cert_reqs=required&ssl_check_hostname=true"),
        ({"ca_cert": FILE}, f"ssl_cert_reqs=required&ssl_check_hostname=true&ssl_ca_certs={FILE}"),
        ({"ssl_cert_reqs": "none", "ca_cert": FILE}, "ssl_cert_reqs=none"),
    ],
)
def test_the_cache_is_verified_unless_that_is_switched_off(options: dict[str, Any], query: str) -> None:
    assert redis_url("cache", key="k", port=10000, **options) == f"rediss://:k@cache:10000/0?{query}"


def test_what_no_client_takes_is_refused() -> None:
    refused: list[dict[str, Any]] = [{"sslmode": "disable"}, {"sslmode": "verify-ca", "ca_cert": "system"}]
    for options in refused:
        with pytest.raises(AnsibleFilterError):
            postgresql_url("db", login="a", password="b", database="c", **options)
    with pytest.raises(AnsibleFilterError):
        redis_url("cache", key="k", ssl_cert_reqs="optional")


def test_login_and_password_may_come_in_one() -> None:
    apart = postgresql_url("db", login="a", password="b:c", database="d")
    assert postgresql_url("db", credential="a:b:c", database="d") == apart
    with pytest.raises(AnsibleFilterError, match="login is missing"):
        postgresql_url("db", database="d")
