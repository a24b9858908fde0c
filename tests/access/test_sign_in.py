"""Signing in, sessions, tokens, passwords: as the store keeps them."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher

from crm_store.access import attempts, credentials, passwords
from crm_store.errors import InvalidRecord, RecordNotFound, SignInRefused, TooManyAttempts
from crm_store.records import Credential, CredentialKind, Role, User
from crm_store.store import Store
from crm_store.tables import metadata
from crm_store.writer import Writer

from .conftest import Clock

PASSWORD = "correct horse battery"
HERE = "203.0.113.7"


@pytest.fixture(autouse=True)
def quick_hasher(monkeypatch: pytest.MonkeyPatch) -> PasswordHasher:
    """The same algorithm with less work: hundreds of attempts are made here."""
    hasher = PasswordHasher(time_cost=1, memory_cost=16, parallelism=1)
    monkeypatch.setattr(passwords, "hasher", hasher)
    return hasher


@pytest.fixture
async def ann(store: Store) -> User:
    """An agent who can sign in."""
    hashed = passwords.hash_now(PASSWORD)
    user = User(name="Ann", email="Ann@example.com", password_hash=hashed)
    await store.write(lambda w: w.add(user))
    return user


async def sign_in(store: Store, name: str = "Ann", password: str = PASSWORD) -> credentials.Made:
    return (await credentials.sign_in(store, name, password, address=HERE))[1]


async def who(store: Store, made: credentials.Made, clock: Clock) -> str | None:
    found = await store.read(lambda r: credentials.find_credential(r, made.secret, clock.now))
    return found[1].name if found else None


async def everything(store: Store) -> str:
    """Every value in every table, as text."""

    def read(r: Any) -> str:
        rows = [r._connection.execute(sa.select(t)).all() for t in metadata.sorted_tables]
        return repr(rows)

    return await store.read(read)


@pytest.mark.usefixtures("ann")
@pytest.mark.parametrize("name", ["Ann", " Ann ", "ann@example.com", "ANN@EXAMPLE.COM"])
async def test_name_or_e_mail_and_password_make_a_session(
    store: Store, clock: Clock, name: str
) -> None:
    """It lasts for the hours that the settings say, and not a moment longer."""
    made = await sign_in(store, name)
    expected = Credential(
        id=made.credential.id,
        kind=CredentialKind.SESSION,
        user="Ann",
        name="",
        scopes=("read", "write"),
        address=HERE,
        created_at=clock.now,
        expires_at=clock.now + timedelta(hours=12),
        last_used_at=None,
    )
    assert made.credential == expected
    clock.advance(hours=12, microseconds=-1)
    assert await who(store, made, clock) == "Ann"
    clock.advance(microseconds=1)
    assert await who(store, made, clock) is None


@pytest.mark.usefixtures("ann")
@pytest.mark.parametrize(
    ("name", "password"),
    [
        ("Ann", "wrong"),
        ("ann", PASSWORD),
        ("Nobody", PASSWORD),
        ("", PASSWORD),
        ("Ann", ""),
        ("Ann'--", PASSWORD),
        ("\0\udc80", "\0\udc80"),
    ],
)
async def test_a_wrong_user_and_a_wrong_password_are_told_alike(
    store: Store, name: str, password: str
) -> None:
    """Whoever guesses learns nothing but that the pair is wrong."""
    with pytest.raises(SignInRefused) as refused:
        await sign_in(store, name, password)
    assert str(refused.value) == "the name or the password is wrong"


async def test_an_unknown_user_costs_as_much_work_as_a_known_one(
    store: Store, ann: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One verification each, whoever is asked for: time does not tell either."""
    seen: list[str] = []

    class Counting(PasswordHasher):
        def verify(self, *given: Any) -> Any:
            seen.append(str(given[0])[:30].partition("v=")[0])
            return super().verify(*given)

    monkeypatch.setattr(passwords, "hasher", Counting(1, 16, 1))
    await store.write(lambda w: w.add(User(name="Gone", is_active=False)))
    await store.write(lambda w: w.add(User(name="Phone only")))
    for name in ("Ann", "Nobody", "Gone", "Phone only"):
        with pytest.raises(SignInRefused):
            await sign_in(store, name, "wrong")
    assert seen == ["$argon2id$"] * 4


@pytest.mark.usefixtures("ann")
async def test_failures_slow_further_attempts_down(store: Store, clock: Clock) -> None:
    """Five are free; then a second, two, four, up to a minute, also for the right password."""
    for _ in range(5):
        with pytest.raises(SignInRefused):
            await sign_in(store, password="wrong")
    waits = []
    for _ in range(8):
        with pytest.raises(TooManyAttempts) as told:
            await sign_in(store)
        waits.append(told.value.retry_after)
        clock.advance(seconds=told.value.retry_after)
        with pytest.raises(SignInRefused):
            await sign_in(store, password="wrong")
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60]
    clock.advance(minutes=1)
    assert (await sign_in(store)).credential.user == "Ann"
    with pytest.raises(SignInRefused):
        await sign_in(store, password="wrong")


@pytest.mark.usefixtures("ann")
async def test_guesses_sent_all_at_once_are_counted_one_by_one(store: Store) -> None:
    """Of a hundred at the same moment five are looked at, the others have to wait."""
    guesses = [sign_in(store, password=f"guess {n}") for n in range(100)]
    found = await asyncio.gather(*guesses, return_exceptions=True)
    kinds = [type(one) for one in found]
    assert (kinds.count(SignInRefused), kinds.count(TooManyAttempts)) == (5, 95)


@pytest.mark.usefixtures("ann")
async def test_an_address_that_tries_many_names_has_to_wait(store: Store) -> None:
    """Also where no user is asked for twice; other addresses go on, and this host's own do."""
    for n in range(20):
        with pytest.raises(SignInRefused):
            await sign_in(store, f"user {n}")
    with pytest.raises(TooManyAttempts):
        await sign_in(store)
    for address in ("198.51.100.1", "127.0.0.1", "::1", ""):
        await credentials.sign_in(store, "Ann", PASSWORD, address=address)


@pytest.mark.usefixtures("ann")
async def test_a_success_in_between_buys_an_address_no_more_guesses(store: Store) -> None:
    """Signing in with an account of one's own does not wipe out what was tried on others."""
    for n in range(19):
        with pytest.raises(SignInRefused):
            await sign_in(store, f"user {n}")
    await sign_in(store)
    with pytest.raises(SignInRefused):
        await sign_in(store, "user 20")
    with pytest.raises(TooManyAttempts):
        await sign_in(store, "user 21")


@pytest.mark.usefixtures("ann")
async def test_neither_passwords_nor_secrets_nor_names_tried_are_stored(store: Store) -> None:
    """What was typed into the wrong field is not in the store either; no event tells a hash."""
    made = await sign_in(store)
    token = await store.write(
        lambda w: credentials.make_token(w, "Ann", name="Feed", scopes=["read"], expires_at=None)
    )
    with pytest.raises(SignInRefused):
        await sign_in(store, "my secret, in the wrong field")
    kept = await everything(store)
    for text in (PASSWORD, made.secret, token.secret, "my secret", HERE):
        assert (text in kept) is (text == HERE)
    history = await store.read(lambda r: list(r.history_of("user", "Ann")))
    assert "argon2" not in repr(history)


async def test_a_user_who_is_deactivated_is_out_at_once(
    store: Store, ann: User, clock: Clock
) -> None:
    """His sessions and tokens let nobody in, and he cannot sign in again."""
    made = await sign_in(store)
    token = await store.write(
        lambda w: credentials.make_token(w, "Ann", name="Feed", scopes=["read"], expires_at=None)
    )
    await store.write(lambda w: w.change("user", "Ann", {"is_active": False}))
    assert [await who(store, one, clock) for one in (made, token)] == [None, None]
    with pytest.raises(SignInRefused):
        await sign_in(store)


async def test_a_hash_of_yesterdays_parameters_is_renewed_at_the_next_sign_in(
    store: Store, ann: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And only then: afterwards it stays as it is."""
    monkeypatch.setattr(passwords, "hasher", PasswordHasher(2, 32, 1))
    hashes = [ann.password_hash]
    for _ in range(2):
        await sign_in(store)
        hashes.append((await store.read(lambda r: r.get("user", "Ann"))).password_hash)
    assert hashes[0] != hashes[1] == hashes[2]
    assert "m=32,t=2" in str(hashes[1])


async def test_a_new_password_ends_the_other_sessions_but_no_token(
    store: Store, ann: User, clock: Clock
) -> None:
    """The session that changed it goes on."""
    here, there = await sign_in(store), await sign_in(store)
    token = await store.write(
        lambda w: credentials.make_token(w, "Ann", name="Feed", scopes=["read"], expires_at=None)
    )
    await credentials.change_own_password(
        store, ann, PASSWORD, "staple staple battery", keep=here.credential.id, address=HERE
    )
    assert [await who(store, one, clock) for one in (here, there, token)] == ["Ann", None, "Ann"]
    with pytest.raises(SignInRefused):
        await sign_in(store)
    await sign_in(store, password="staple staple battery")


@pytest.mark.parametrize(
    ("current", "new", "field"),
    [
        ("wrong", "staple staple battery", "current"),
        (PASSWORD, "short", "password"),
        (PASSWORD, "a" * 12, "password"),
        (PASSWORD, "a" * 1025, "password"),
    ],
)
async def test_a_password_is_not_changed_for_a_weak_one_or_by_a_stranger(
    store: Store, ann: User, current: str, new: str, field: str
) -> None:
    """The field is named, and the old password still holds."""
    with pytest.raises(InvalidRecord) as refused:
        await credentials.change_own_password(store, ann, current, new, keep=0, address=HERE)
    assert [problem.field for problem in refused.value.problems] == [field]
    await sign_in(store)


@pytest.mark.parametrize(
    ("given", "fields"),
    [
        ({"name": " "}, ["name"]),
        ({"scopes": []}, ["scopes"]),
        ({"scopes": ["read", "everything"]}, ["scopes"]),
        ({"scopes": ["admin"]}, ["scopes"]),
        ({"expires_at": timedelta(0)}, ["expires_at"]),
    ],
)
async def test_a_token_that_cannot_be_is_refused_field_by_field(
    store: Store, ann: User, clock: Clock, given: dict[str, Any], fields: list[str]
) -> None:
    """No name, no scope, an unknown one, one beyond the role, an end that is over."""
    said: dict[str, Any] = {"name": "Feed", "scopes": ["read"], "expires_at": None} | given
    if said["expires_at"] is not None:
        said["expires_at"] = clock.now
    with pytest.raises(InvalidRecord) as refused:
        await store.write(lambda w: credentials.make_token(w, "Ann", **said))
    assert [problem.field for problem in refused.value.problems] == fields
    assert await store.read(credentials.credentials_of) == []


async def test_a_revoked_token_lets_nobody_in_and_stays_in_the_history(
    store: Store, ann: User, clock: Clock
) -> None:
    """Somebody else's cannot be revoked: it is not even there."""

    def make(w: Writer) -> credentials.Made:
        return credentials.make_token(w, "Ann", name="Feed", scopes=["write", "read"])

    token = await store.write(make)
    number = token.credential.id
    with pytest.raises(RecordNotFound):
        await store.write(lambda w: credentials.revoke(w, number, owner="Bob"))
    assert await who(store, token, clock) == "Ann"
    await store.write(lambda w: credentials.revoke(w, number, owner="Ann"))
    assert await who(store, token, clock) is None
    entries = await store.read(lambda r: list(r.history_of("token", number)))
    assert [entry.action for entry in entries] == ["created", "revoked"]
    assert entries[0].changes["scopes"] == [None, ["read", "write"]] or entries[0].changes[
        "scopes"
    ] == (None, ["read", "write"])


async def test_a_renamed_or_removed_user_takes_his_tokens_along(
    store: Store, ann: User, clock: Clock
) -> None:
    """Without the user there is no way in."""
    made = await sign_in(store)
    await store.write(lambda w: w.remove("user", "Ann"))
    assert await who(store, made, clock) is None
    assert await store.read(credentials.credentials_of) == []


async def test_what_ran_out_and_what_is_forgotten_is_cleared_away(
    store: Store, ann: User, clock: Clock
) -> None:
    """The daily task calls this."""
    await sign_in(store)
    with pytest.raises(SignInRefused):
        await sign_in(store, password="wrong")
    clock.advance(hours=25)
    assert await store.write(credentials.drop_expired) == 1
    assert await store.write(attempts.drop_old) == 2


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"role": Role.MANAGER}, "role"), ({"is_active": False}, "is_active")],
)
async def test_the_last_administrator_stays_one(
    store: Store, ann: User, changes: dict[str, Any], field: str
) -> None:
    """As soon as there is another one who can sign in, it is possible."""
    await store.write(lambda w: w.change("user", "Ann", {"role": Role.ADMINISTRATOR}))
    with pytest.raises(InvalidRecord) as refused:
        await store.write(lambda w: w.change("user", "Ann", changes))
    assert [problem.field for problem in refused.value.problems] == [field]
    await store.write(
        lambda w: w.add(replace(ann, name="Bob", email=None, role=Role.ADMINISTRATOR))
    )
    await store.write(lambda w: w.change("user", "Ann", changes))


async def test_loading_the_company_file_again_takes_nobodys_role(store: Store, ann: User) -> None:
    """The file says names, e-mail addresses and extensions; role, groups and password stay."""
    await store.write(lambda w: w.change("user", "Ann", {"role": Role.ADMINISTRATOR}))
    before = await store.read(lambda r: r.get("user", "Ann"))
    await store.write(lambda w: w.put_user(User(name="Ann", email="new@example.com")))
    after = await store.read(lambda r: r.get("user", "Ann"))
    assert after == replace(before, email="new@example.com")
