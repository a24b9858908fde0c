"""``user`` and ``token``: the first administrator, passwords, API tokens."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest
from argon2 import PasswordHasher
from command_line import CommandLine, write

from crm_store.access import credentials, passwords
from crm_store.records import Role, User
from crm_store.store import Store

PASSWORD = b"correct horse battery\n"


@pytest.fixture(autouse=True)
def quick_hasher(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "hasher", PasswordHasher(1, 16, 1))


def user_of(cli: CommandLine, name: str) -> Any:
    async def read() -> Any:
        async with Store.open(cli.store_url) as store:
            return await store.read(lambda r: r.get("user", name))

    return asyncio.run(read())


def let_in(cli: CommandLine, secret: str) -> str | None:
    async def find() -> str | None:
        async with Store.open(cli.store_url) as store:
            now = datetime.now(UTC)
            found = await store.read(lambda r: credentials.find_credential(r, secret, now))
            return found[1].name if found else None

    return asyncio.run(find())


def test_the_first_user_of_a_fresh_store_is_an_administrator(
    cli_on_each_engine: CommandLine,
) -> None:
    """The store need not be there yet; the next one is an agent unless it is said otherwise."""
    cli = cli_on_each_engine
    answers = [
        cli("user", "add", "Ann", "--email", "ann@example.com", stdin=PASSWORD),
        cli("user", "add", "Bob", "--extension", "101", "--group", "North", stdin=PASSWORD),
        cli("user", "add", "Mia", "--role", "manager", stdin=PASSWORD),
    ]
    assert [(one.status, one.text) for one in answers] == [
        (0, "Ann can sign in now: administrator\n"),
        (0, "Bob can sign in now: agent\n"),
        (0, "Mia can sign in now: manager\n"),
    ]
    bob = user_of(cli, "Bob")
    assert (bob.role, bob.extensions, bob.groups) == (Role.AGENT, ("101",), ("North",))


def test_a_user_from_the_company_file_is_let_in_by_the_same_command(cli: CommandLine) -> None:
    """He keeps his extension; a second time is refused, with what to do instead."""
    write(cli, lambda w: w.put_user(User(name="Tom", extensions=("101",))))
    first = cli("user", "add", "Tom", stdin=PASSWORD)
    assert first.text == "Tom can sign in now: administrator\n"
    assert user_of(cli, "Tom").extensions == ("101",)
    again = cli("user", "add", "Tom", stdin=PASSWORD)
    assert (again.status, again.text) == (2, "")
    assert "user password" in again.stderr


@pytest.mark.parametrize("password", [b"", b"\n", b"short\n", b"aaaaaaaaaaaaaa\n"])
def test_a_weak_password_makes_no_user(cli: CommandLine, password: bytes) -> None:
    """Nothing is half-written: neither the user nor his group."""
    answer = cli("user", "add", "Ann", "--group", "North", stdin=password)
    assert (answer.status, answer.text) == (2, "")
    assert "password" in answer.stderr
    assert user_of(cli, "Ann") is None


def test_an_extension_that_is_taken_or_an_address_that_is_says_so(cli: CommandLine) -> None:
    """The e-mail address belongs to one user."""
    cli("user", "add", "Ann", "--email", "ann@example.com", stdin=PASSWORD)
    answer = cli("user", "add", "Bob", "--email", "ann@example.com", stdin=PASSWORD)
    assert answer.status == 2
    assert user_of(cli, "Bob") is None


def test_a_password_is_changed_and_nobody_elses(cli: CommandLine) -> None:
    """The hash is another one; an unknown user is named."""
    cli("user", "add", "Ann", stdin=PASSWORD)
    before = user_of(cli, "Ann").password_hash
    answer = cli("user", "password", "Ann", stdin=b"staple staple battery\n")
    assert answer.status == 0
    after = user_of(cli, "Ann").password_hash
    assert before != after
    assert passwords.is_right_now(after, "staple staple battery")
    assert "'Zoe'" in cli("user", "password", "Zoe", stdin=PASSWORD).stderr


def test_a_token_is_printed_once_listed_and_revoked(cli_on_each_engine: CommandLine) -> None:
    """Standard output holds the secret alone, for a script; the list never shows it."""
    cli = cli_on_each_engine
    cli("user", "add", "Ann", stdin=PASSWORD)
    options = ("--scope", "read", "--scope", "write", "--expires", "90d", "--name", "Feed")
    secret = cli("token", "create", "Ann", *options).text.strip()
    assert let_in(cli, secret) == "Ann"
    listed = cli("token", "list").text
    assert secret not in listed
    assert [word for word in ("Ann", "Feed", "read write") if word not in listed] == []
    assert cli("token", "revoke", "1").text == "token 1 of Ann (Feed) is revoked\n"
    assert let_in(cli, secret) is None
    assert cli("token", "revoke", "1").status == 2


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("Zoe",), "'Zoe'"),
        (("Ann", "--scope", "all"), "'all' is none of read, write, admin"),
        (("Ann", "--expires", "soon"), "expected 90d, 12w or 1y"),
        (("Ann", "--expires", "0d"), "expected 90d, 12w or 1y"),
    ],
)
def test_a_token_that_cannot_be_is_refused_in_words(
    cli: CommandLine, options: tuple[str, ...], said: str
) -> None:
    """Nothing is printed that could be taken for a token."""
    cli("user", "add", "Ann", stdin=PASSWORD)
    answer = cli("token", "create", *options)
    assert (answer.status, answer.text) == (2, "")
    assert said in answer.stderr
