"""Mail over real SMTP: what is written, to whom, how often, and what a server's answer does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from crm_store.errors import InvalidRecord, NotPossible
from crm_store.messages import mail
from crm_store.records import Email, EmailState, EmailTemplate, Lead, Ref
from crm_store.store import Store
from pbx_bridge.messages import mail as mail_module
from pbx_bridge.messages.composing import Letterhead
from pbx_bridge.messages.counts import MessageCounts
from pbx_bridge.messages.mail import MailTask
from pbx_bridge.messages.smtp import SmtpLine, SmtpServer
from pbx_bridge.web.unsubscribe import add_unsubscribe
from tests.messages.mail_server import MailServer, make_certificate
from tests.messages.receiver import until

HEAD = Letterhead(
    from_address="Acme Sales <sales@acme.example>",
    reply_to="office@acme.example",
    public_url="https://crm.acme.example",
)
VALUES = {"name": "Ada Lovelace", "product": "Engine", "our_company": "Acme"}


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """What waits minutes waits a moment here."""
    monkeypatch.setattr(mail_module, "MAIL_WAITS", (0.05, 0.05, 0.05))
    monkeypatch.setattr(mail_module, "rest_after", lambda failures, chance: 0.01)
    monkeypatch.setattr(mail_module, "_LOOK_SECONDS", 0.02)


@pytest.fixture
async def server() -> AsyncIterator[MailServer]:
    async with MailServer.open() as opened:
        yield opened


async def queue(
    store: Store,
    to: str = "ada@example.com",
    *,
    template: str = "thank_you",
    values: Mapping[str, str] = VALUES,
    cause: str = "form 1",
    about: Ref | None = None,
) -> int | None:
    """Queue a mail in a unit of its own."""
    return await store.write(
        lambda w: mail.queue_email(
            w, template=template, to=to, values=values, cause=cause, about=about
        )
    )


@asynccontextmanager
async def sending(
    store: Store, port: int, head: Letterhead = HEAD, **server: Any
) -> AsyncIterator[MessageCounts]:
    """Send for the length of a block."""
    counts = MessageCounts()
    options = {"host": "127.0.0.1", "tls": "none", "timeout_seconds": 2.0, **server}
    task = asyncio.create_task(
        MailTask(store, SmtpServer(port=port, **options), head, counts).run()
    )
    try:
        yield counts
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def mails(store: Store) -> list[Email]:
    """Every mail, oldest first."""
    return (await store.read(mail.find_emails))[::-1]


async def mails_when(store: Store, state: EmailState) -> list[Email]:
    """Every mail, as soon as all of them are in a state."""
    async with asyncio.timeout(10):
        while True:
            found = await mails(store)
            if all(one.state is state for one in found):
                return found
            await asyncio.sleep(0.02)


async def test_a_thank_you_arrives_as_it_was_meant(store: Store, server: MailServer) -> None:
    """Parsed by the standard library: both parts, both links, and headers of one line each."""
    await queue(store)
    async with sending(store, server.port) as counts:
        await mails_when(store, EmailState.SENT)
        await until(lambda: counts.emails["sent"] == 1)
    (got,) = server.mails
    assert (got["From"], got["To"], got["Reply-To"]) == (
        "Acme Sales <sales@acme.example>",
        "ada@example.com",
        "office@acme.example",
    )
    assert got["Subject"] == "Thank you for your message, Ada Lovelace"
    assert got["Auto-Submitted"] == "auto-generated"
    link = got["List-Unsubscribe"].strip(" <>")
    assert link.startswith("https://crm.acme.example/unsubscribe/")
    assert got["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert got["Message-ID"].endswith("@acme.example>")
    text, html = got.get_body(("plain",)), got.get_body(("html",))
    assert text is not None
    assert html is not None
    assert text.get_content().replace("\r\n", "\n") == (
        "Dear Ada Lovelace,\n\nthank you for your message.\nIt is about: Engine\n"
        "One of us will call you or write to you soon.\n\nKind regards\nAcme\n\n"
        f"-- \nNo more mail from us: {link}\n"
    )
    assert f'<a href="{link}">' in html.get_content()
    assert server.envelopes[0].mail_from == "sales@acme.example"


@pytest.mark.parametrize("template", ["thank_you", "trial_access", "event_details"])
@pytest.mark.parametrize("values", [{}, VALUES])
async def test_the_shipped_templates_read_well_with_much_and_with_nothing(
    store: Store, template: str, values: dict[str, str]
) -> None:
    """No placeholder is left, no line ends in the air."""
    await queue(store, template=template, values=values)
    (found,) = await mails(store)
    for part in (found.subject, found.text, found.html):
        assert "{" not in part
        assert not any(line.rstrip().endswith(":") for line in part.splitlines())
        assert 'href=""' not in part


async def test_the_same_mail_is_queued_once(store: Store) -> None:
    """For one lead, template and cause, also when two ask at once; another cause is another one."""
    lead_id = int(await store.write(lambda w: w.add(Lead(name="Ada"))))
    about = Ref(type="lead", id=lead_id)  # type: ignore[arg-type]
    asked = [queue(store, about=about) for _ in range(5)]
    asked += [queue(store, "ADA@example.com", about=about)]
    made = await asyncio.gather(*asked)
    assert sum(one is not None for one in made) == 1
    assert await queue(store, about=about, cause="form 2") is not None
    assert await queue(store, about=about, template="trial_access") is not None
    assert await queue(store) is not None
    assert await queue(store, "Ada@Example.COM") is None
    assert len(await mails(store)) == 4


async def test_a_mail_comes_with_what_caused_it_or_not_at_all(store: Store) -> None:
    """The unit of work fails: no lead, no mail."""

    def capture(writer: Any) -> None:
        writer.add(Lead(name="Ada"))
        mail.queue_email(writer, template="thank_you", to="a@example.com", values={}, cause="x")
        raise RuntimeError("at the end")

    with pytest.raises(RuntimeError):
        await store.write(capture)
    assert await mails(store) == []


async def test_whoever_unsubscribes_gets_nothing_more(store: Store, server: MailServer) -> None:
    """Neither what is queued later nor what waits already, however his address is written."""
    await queue(store, "Ada@Example.com")
    await queue(store, "bob@example.com")
    await store.write(lambda w: mail.unsubscribe(w, "ADA@example.com", via="alice"))
    async with sending(store, server.port):
        await until(lambda: bool(server.mails))
        await asyncio.sleep(0.1)
    assert [got["To"] for got in server.mails] == ["bob@example.com"]
    assert [one.state for one in await mails(store)] == [EmailState.UNSUBSCRIBED, EmailState.SENT]
    assert await queue(store, "aDa@example.com", cause="later") is None
    await store.write(lambda w: mail.resubscribe(w, "ada@EXAMPLE.com"))
    assert await queue(store, "ada@example.com", cause="later") is not None


async def test_the_link_of_a_mail_unsubscribes_with_one_click(
    store: Store, server: MailServer
) -> None:
    """Looking at the page does nothing, since programs look at links; the POST does it."""
    await queue(store)
    async with sending(store, server.port):
        await mails_when(store, EmailState.SENT)
    path = server.mails[0]["List-Unsubscribe"].strip(" <>").removeprefix("https://crm.acme.example")
    app = web.Application()
    add_unsubscribe(app, store)
    async with TestClient(TestServer(app)) as client:
        page = await client.get(path)
        assert (page.status, "a…@example.com" in await page.text()) == (200, True)
        assert await store.read(mail.unsubscribed) == []
        done = await client.post(path, data={"List-Unsubscribe": "One-Click"})
        assert done.status == 200
        again = await client.post(path)
        assert again.status == 200
        for wrong in ("/unsubscribe/" + "0" * 32, "/unsubscribe/%00", "/unsubscribe/" + "é" * 900):
            assert (await client.get(wrong)).status == 404
            assert (await client.post(wrong)).status == 404
    (gone,) = await store.read(mail.unsubscribed)
    assert (gone.address, gone.via) == ("ada@example.com", "one_click")
    assert await queue(store, cause="later") is None


async def test_a_server_that_is_busy_is_asked_again(store: Store, server: MailServer) -> None:
    """451 twice, then taken: one mail, and the server's words are gone from it."""
    server.say = lambda number: "451 try later" if number <= 2 else None
    await queue(store)
    async with sending(store, server.port) as counts:
        (sent,) = await mails_when(store, EmailState.SENT)
        await until(lambda: counts.emails["sent"] == 1)
    assert (len(server.mails), sent.tries, sent.problem) == (1, 3, None)
    assert counts.emails == {"sent": 1, "put_off": 2, "given_up": 0}


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ({"refuse_recipient": "550 5.1.1 no such user"}, "550 5.1.1 no such user"),
        ({"say": lambda number: "554 5.7.1 spam"}, "554 5.7.1 spam"),
    ],
)
async def test_a_refusal_is_final_and_in_the_servers_words(
    store: Store, server: MailServer, how: dict[str, Any], words: str
) -> None:
    """5xx is not asked again, until somebody says so; the next mail goes out."""
    for name, value in how.items():
        setattr(server, name, value)
    email_id = await queue(store)
    assert email_id is not None
    async with sending(store, server.port):
        (failed,) = await mails_when(store, EmailState.FAILED)
        assert (failed.problem, failed.tries, server.tried) == (words, 1, 1)
        server.refuse_recipient, server.say = None, lambda number: None
        await queue(store, "bob@example.com")
        await until(lambda: len(server.mails) == 1)
        await store.write(lambda w: mail.retry_email(w, email_id))
        await mails_when(store, EmailState.SENT)
    assert [got["To"] for got in server.mails] == ["bob@example.com", "ada@example.com"]
    with pytest.raises(NotPossible):
        await store.write(lambda w: mail.retry_email(w, email_id))


async def test_what_is_wrong_with_us_is_not_the_mails_fault(
    store: Store, server: MailServer
) -> None:
    """A refused sender, or no server at all: the mail is put off and says why, until it goes."""
    server.refuse_sender = "553 5.7.1 not yours"
    await queue(store)
    async with sending(store, server.port) as counts:
        await until(lambda: counts.emails["put_off"] >= 1)
        (waiting,) = await mails(store)
        assert waiting.problem == "553 5.7.1 not yours"
        server.refuse_sender = None
        await mails_when(store, EmailState.SENT)


async def test_a_server_that_is_away_is_waited_for(store: Store) -> None:
    """Nobody listens on the port, then somebody does; after all attempts the mail is given up."""
    await queue(store)
    async with MailServer.open() as gone:
        port = gone.port
    async with sending(store, port):
        (failed,) = await mails_when(store, EmailState.FAILED)
    assert failed.tries == 4
    assert failed.problem
    await store.write(lambda w: mail.retry_email(w, failed.id))
    async with MailServer.open(port=port) as back, sending(store, port):
        await mails_when(store, EmailState.SENT)
        assert len(back.mails) == 1


async def test_a_server_that_hangs_is_left(store: Store, server: MailServer) -> None:
    """After the time of the settings; the mail is sent once it answers again."""
    server.slow_seconds = 2.0
    await queue(store)
    async with sending(store, server.port, timeout_seconds=0.2) as counts:
        await until(lambda: counts.emails["put_off"] >= 1)
        server.slow_seconds = 0.0
        await mails_when(store, EmailState.SENT)


async def test_a_connection_lost_at_the_end_is_the_same_mail_again(
    store: Store, server: MailServer
) -> None:
    """The server has it and could not say so: it is sent again under the same Message-ID."""
    server.cut_after_data = 1
    await queue(store)
    async with sending(store, server.port):
        await mails_when(store, EmailState.SENT)
    assert len(server.mails) == 2
    assert len({got["Message-ID"] for got in server.mails}) == 1


async def test_many_mails_share_a_connection(store: Store, server: MailServer) -> None:
    """Thirty mails, in the order in which they were queued."""
    for number in range(30):
        await queue(store, f"user{number}@example.com")
    async with sending(store, server.port):
        await mails_when(store, EmailState.SENT)
    assert [got["To"] for got in server.mails] == [f"user{n}@example.com" for n in range(30)]
    assert server.connections == 1


async def test_a_mail_under_way_is_seen_through_when_the_bridge_is_told_to_end(
    store: Store, server: MailServer
) -> None:
    """It is marked as sent before the task ends: the next start sends nothing twice."""
    server.slow_seconds = 0.5
    await queue(store)
    async with sending(store, server.port):
        await until(lambda: server.tried == 1)
    (sent,) = await mails(store)
    assert (sent.state, len(server.mails)) == (EmailState.SENT, 1)


async def test_the_sending_ends_at_whatever_moment_it_is_told_to(
    store: Store, server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also while the server answers our goodbye: at any of the turns that this takes."""
    goodbye, says_goodbye = SmtpLine.hang_up, asyncio.Event()

    async def hang_up(self: SmtpLine) -> None:
        says_goodbye.set()
        await goodbye(self)

    monkeypatch.setattr(SmtpLine, "hang_up", hang_up)
    monkeypatch.setattr(mail_module, "_LOOK_SECONDS", 0.0)
    options = SmtpServer(host="127.0.0.1", port=server.port, tls="none", timeout_seconds=2.0)
    for turns in range(40):
        await queue(store, f"user{turns}@example.com", cause=f"form {turns}")
        task = asyncio.create_task(MailTask(store, options, HEAD, MessageCounts()).run())
        await mails_when(store, EmailState.SENT)
        says_goodbye.clear()
        async with asyncio.timeout(10):
            await says_goodbye.wait()
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        _, still_running = await asyncio.wait([task], timeout=5)
        assert not still_running, f"goes on after an end at turn {turns}"


async def test_two_bridges_send_each_mail_once(store_url: str, server: MailServer) -> None:
    """Two senders on one store: forty mails, forty arrive."""
    async with Store.open(store_url, migrate=True) as one, Store.open(store_url) as other:
        for number in range(40):
            await queue(one, f"user{number}@example.com")
        async with sending(one, server.port), sending(other, server.port):
            await mails_when(one, EmailState.SENT)
    assert len(server.mails) == len({got["To"] for got in server.mails}) == 40


async def test_what_is_too_old_is_not_sent(store: Store) -> None:
    """A mail that has waited for days says so instead."""
    await queue(store)
    old = "UPDATE emails SET created_at = '2020-01-01T00:00:00.000000Z'"
    await store.write(lambda w: w.connection.exec_driver_sql(old).rowcount)
    assert await store.write(lambda w: mail.claim_email(w, seconds=9)) is None
    (failed,) = await mails(store)
    assert (failed.state, failed.problem) == (
        EmailState.FAILED,
        "waited too long: nothing could be sent",
    )


@pytest.mark.parametrize("tls", ["starttls", "tls"])
async def test_a_password_goes_over_an_encrypted_line_to_whom_it_is_meant_for(
    store: Store, tmp_path: Path, tls: str
) -> None:
    """Believed by its certificate alone: without it nothing is said, and the mail says why."""
    context, certificate = make_certificate(tmp_path)
    how = {"tls": context} if tls == "tls" else {"starttls": context}
    options = {"tls": tls, "user": "acme", "password": "s3cret", "host": "localhost"}
    await queue(store)
    async with MailServer.open(**how, password="s3cret") as server:
        async with sending(store, server.port, **options) as counts:
            await until(lambda: counts.emails["put_off"] >= 1)
        (waiting,) = await mails(store)
        assert "certificate" in (waiting.problem or "").lower()
        async with sending(store, server.port, ca_file=certificate, **options):
            await mails_when(store, EmailState.SENT)
        assert len(server.mails) == 1


async def test_a_server_without_encryption_gets_no_password(
    store: Store, server: MailServer
) -> None:
    """``starttls`` is no wish: a server that cannot do it is sent nothing."""
    await queue(store)
    options = {"tls": "starttls", "user": "acme", "password": "s3cret"}
    async with sending(store, server.port, **options) as counts:
        await until(lambda: counts.emails["put_off"] + counts.emails["given_up"] >= 1)
    assert server.mails == []
    (waiting,) = await mails(store)
    assert waiting.state is not EmailState.SENT
    assert "STARTTLS" in (waiting.problem or "")


async def test_a_wrong_password_is_the_administrators_to_mend(store: Store) -> None:
    """The mail waits with the server's words, and is not lost."""
    await queue(store)
    async with (
        MailServer.open(password="right") as server,
        sending(store, server.port, user="acme", password="wrong") as counts,
    ):
        await until(lambda: counts.emails["put_off"] >= 1)
        (waiting,) = await mails(store)
    assert (waiting.problem or "").startswith("535")


HOSTILE = "Ada\r\nBcc: everybody@example.com\r\n\r\n<script>alert(1)</script>\0{company}\N{SNOWMAN}"


async def test_no_value_becomes_a_header_or_markup(store: Store, server: MailServer) -> None:
    """A stranger's text is text: in the subject, in the plain part, in the HTML part."""
    values = {"name": HOSTILE, "login_url": "javascript:alert(1)", "product": "x" * 9999}
    await queue(store, values=values)
    await queue(store, values=values, template="trial_access")
    async with sending(store, server.port):
        await mails_when(store, EmailState.SENT)
    for got in server.mails:
        assert got.get_all("Bcc") is None
        assert "\n" not in got["Subject"]
        assert [part.get_content_type() for part in got.walk()] == [
            "multipart/alternative",
            "text/plain",
            "text/html",
        ]
        html = _html_of(got)
        assert "<script>" not in html
        assert "javascript:" not in html
        assert "{company}" in html
        assert len(html) < 3000


def _html_of(got: EmailMessage) -> str:
    part = got.get_body(("html",))
    assert part is not None
    return str(part.get_content())


@pytest.mark.parametrize(
    "to",
    [
        "",
        "ada",
        "ada@",
        "@example.com",
        "ada@localhost",
        "ada@example.com\r\nBcc: b@example.com",
        "ada@example.com, bob@example.com",
        "Ada <ada@example.com>",
        "ada@[127.0.0.1]",
        "ada@exa mple.com",
        "a" * 65 + "@example.com",
        "ada@example.com\0",
    ],
)
async def test_what_is_no_address_is_refused_by_name(store: Store, to: str) -> None:
    """At queueing, as ``to``; nothing is written."""
    with pytest.raises(InvalidRecord) as refused:
        await queue(store, to)
    assert [problem.field for problem in refused.value.problems] == ["to"]
    assert await mails(store) == []


async def test_addresses_in_other_scripts_are_written_to(store: Store, server: MailServer) -> None:
    """A domain in its ASCII form; a name before the @ where the server takes it (SMTPUTF8)."""
    await queue(store, "ada@münchen.example")
    await queue(store, "åda@example.com")
    async with sending(store, server.port):
        await mails_when(store, EmailState.SENT)
    assert [one.rcpt_tos for one in server.envelopes] == [
        ["ada@xn--mnchen-3ya.example"],
        ["åda@example.com"],
    ]
    assert "SMTPUTF8" in server.envelopes[1].mail_options


async def test_a_server_that_cannot_do_so_is_told_of_clearly(store: Store) -> None:
    """The mail is given up, and says what the server lacks."""
    await queue(store, "åda@example.com")
    async with MailServer.open(takes_utf8=False) as server, sending(store, server.port):
        (failed,) = await mails_when(store, EmailState.FAILED)
    assert "SMTPUTF8" in (failed.problem or "")


@pytest.mark.parametrize(
    ("values", "field", "said"),
    [
        ({"text": "Hello {nmae}"}, "text", "{nmae} is no placeholder; known are: name, company"),
        ({"subject": "{ firstname }"}, "subject", "{firstname} is no placeholder"),
        ({"html": "<p>{user|you}</p>"}, "html", "{user} is no placeholder"),
        ({"subject": "Hello\nBcc: x"}, "subject", "is one line"),
        ({"text": "  "}, "text", "is required"),
    ],
)
async def test_a_template_that_cannot_be_is_refused_when_it_is_saved(
    store: Store, values: dict[str, str], field: str, said: str
) -> None:
    """Naming the field, the placeholder, and those that there are."""
    wanted = EmailTemplate(**{"name": "mine", "subject": "Hello", "text": "Hello", **values})
    with pytest.raises(InvalidRecord) as refused:
        await store.write(lambda w: w.add(wanted))
    (problem,) = refused.value.problems
    assert (problem.field, problem.message.startswith(said)) == (field, True)


async def test_a_style_sheet_is_no_placeholder(store: Store) -> None:
    """Braces that hold no word are left alone."""
    html = "<style>p { color: red; } a{x:y}</style><p>{name|you}</p>"
    wanted = EmailTemplate(name="mine", subject="Hello", text="Hello", html=html)
    await store.write(lambda w: w.add(wanted))
    await queue(store, template="mine", values={})
    (found,) = await mails(store)
    assert found.html == html.replace("{name|you}", "you")
