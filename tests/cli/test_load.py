"""``load``: a company file into the store, whole or not at all."""

from __future__ import annotations

import asyncio
import re
from datetime import date, time
from pathlib import Path
from typing import Any

import pytest
from command_line import CommandLine

from crm_store.reader import Reader
from crm_store.records import (
    BusinessHours,
    Campaign,
    ListName,
    OpenInterval,
    PersonType,
    PhoneNumber,
    RouteKind,
    TrackingNumber,
    User,
)
from crm_store.store import Store
from pbx_bridge.company_file import CompanyFile

DOCS = Path(__file__).parents[2] / "docs/company.md"
EXAMPLE = re.findall(r"```toml\n(.*?)```", DOCS.read_text("utf-8"), re.DOTALL)[0]

OFFICE = BusinessHours(
    name="Office",
    time_zone="Australia/Sydney",
    weekly=(
        *(OpenInterval(weekday=day, opens=time(9), closes=time(17, 30)) for day in range(5)),
        OpenInterval(weekday=5, opens=time(10), closes=time(13)),
    ),
    country="AU",
    subdivision="NSW",
    closed_on=frozenset({date(2026, 12, 24)}),
    open_on=frozenset({date(2027, 1, 26)}),
)


def load(cli: CommandLine, text: str, name: str = "company.toml") -> Any:
    """Load this text as a company file."""
    path = cli.folder / name
    path.write_text(text, "utf-8")
    return cli("load", path)


def what_is_there(cli: CommandLine) -> dict[str, Any]:
    """Everything that a company file can write."""

    def read(reader: Reader) -> dict[str, Any]:
        listed = {
            name: reader.look_up(number).lists
            for name, number in (("vip", "+61491570156"), ("blocked", "+61491570157"))
        }
        return {
            "users": reader.users(),
            "campaigns": reader.campaigns(),
            "tracking_numbers": reader.tracking_numbers(),
            "people": [
                (kind, person.name, person.phone_numbers, person.owner)
                for kind in PersonType
                for person in reader.people(kind)
            ],
            "listed": listed,
        }

    async def ask() -> dict[str, Any]:
        async with Store.open(cli.store_url) as store:
            return await store.read(read)

    return asyncio.run(ask())


def test_the_example_of_the_docs_is_loaded_whole(cli_on_each_engine: CommandLine) -> None:
    """docs/company.md's example writes exactly what it says, on both engines."""
    answer = load(cli_on_each_engine, EXAMPLE)
    assert (answer.status, answer.stderr, answer.text) == (
        *(0, ""),
        f"{cli_on_each_engine.folder}/company.toml: 2 users, 2 campaigns, 1 business hours, "
        "4 tracking numbers, 1 accounts, 1 contacts, 1 person accounts, 1 leads, "
        "2 listed numbers written\n",
    )
    mobile = PhoneNumber(raw="0491 570 006", e164="+61491570006", label="mobile")
    desk = PhoneNumber(raw="(02) 5550 4321", e164="+61255504321", label="")
    assert what_is_there(cli_on_each_engine) == {
        "users": (
            User(name="Alice Ng", email="alice@example.com", extensions=("1001", "1011")),
            User(name="Bob Marr", extensions=("1002",)),
        ),
        "campaigns": (
            Campaign(
                name="Radio spring",
                starts_on=date(2026, 9, 1),
                ends_on=date(2026, 11, 30),
                comment="Two spots a day",
            ),
            Campaign(name="Tram posters"),
        ),
        "tracking_numbers": (
            TrackingNumber(
                e164="+61255501001",
                raw="(02) 5550 1001",
                label="Poster",
                campaign="Tram posters",
                source="tram",
                medium="print",
                targets=("1001",),
                ring_seconds=25,
                voicemail_box="1001@default",
                hours=OFFICE,
                owner_first=False,
            ),
            TrackingNumber(
                e164="+61255501002",
                raw="+61 2 5550 1002",
                label="Radio",
                campaign="Radio spring",
                route=RouteKind.RING_GROUP,
                targets=("1001", "1002"),
                is_recorded=False,
                announcement="custom/this-call-is-recorded",
            ),
            TrackingNumber(
                e164="+61255501003",
                raw="02 5550 1003",
                label="Support",
                route=RouteKind.QUEUE,
                targets=("support",),
                ring_seconds=300,
            ),
            TrackingNumber(
                e164="+61255501004",
                raw="02 5550 1004",
                label="Messages",
                route=RouteKind.VOICEMAIL,
                voicemail_box="1002",
            ),
        ),
        "people": [
            (PersonType.CONTACT, "Ada Lovelace", (mobile, desk), "Alice Ng"),
            (
                PersonType.LEAD,
                "Charles Babbage",
                (PhoneNumber(raw="0491 570 158", e164="+61491570158"),),
                None,
            ),
            (
                PersonType.ACCOUNT,
                "Engines Pty Ltd",
                (PhoneNumber(raw="02 5550 4300", e164="+61255504300"),),
                None,
            ),
            (
                PersonType.PERSON_ACCOUNT,
                "Mary Somerville",
                (PhoneNumber(raw="0491 570 110", e164="+61491570110"),),
                "Bob Marr",
            ),
        ],
        "listed": {"vip": frozenset({ListName.VIP}), "blocked": frozenset({ListName.BLOCKED})},
    }


def test_loading_again_changes_only_what_the_file_changed(cli: CommandLine) -> None:
    """The same entries are found by their natural keys: nothing is doubled, the change is there."""
    load(cli, EXAMPLE)
    before = what_is_there(cli)
    assert load(cli, EXAMPLE).status == 0
    assert what_is_there(cli) == before
    load(cli, EXAMPLE.replace('label = "Poster"', 'label = "Poster 2"'))
    after = what_is_there(cli)
    assert [number.label for number in after["tracking_numbers"]] == [
        *("Poster 2", "Radio", "Support", "Messages"),
    ]
    assert after["people"] == before["people"]


def test_another_file_may_name_what_is_in_the_store_already(cli: CommandLine) -> None:
    """Owners and campaigns may have been loaded before."""
    load(cli, EXAMPLE)
    more = '[[leads]]\nname = "Grace"\nowner = "Bob Marr"\ncampaign = "Radio spring"\n'
    assert load(cli, more).text.endswith("company.toml: 1 leads written\n")


NUMBER = '[[tracking_numbers]]\nnumber = "+61255501001"\nlabel = "Poster"\n'
HOURS = '[[business_hours]]\nname = "Office"\n'


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (
            '[[users]]\nname = "Al"\nextension = "1"\n',
            "[[users]] number 1 (Al) extension: unknown key; expected one of name, email, "
            "extensions, active",
        ),
        (
            '[[users]]\nname = "Al"\n[[users]]\nname = "Bo"\nextensions = [1001]\n',
            "[[users]] number 2 (Bo) extensions.0: Input should be a valid string",
        ),
        (
            '[[users]]\nname = "Al"\nextensions = ["10 01"]\n',
            "[[users]] number 1 (Al) extensions.0: '10 01': expected an extension: letters, "
            "digits and _ + . -",
        ),
        (
            "[[users]]\nextensions = []\n",
            "[[users]] number 1 (without a name) name: Field required",
        ),
        (
            '[[user]]\nname = "Al"\n',
            "user: unknown key; expected one of country, users, campaigns, business_hours, "
            "tracking_numbers, accounts, contacts, person_accounts, leads, lists",
        ),
        (
            NUMBER + 'targets = ["1001", "1002"]\n',
            "[[tracking_numbers]] number 1 (Poster): targets: route extension expects one "
            "extension",
        ),
        (
            NUMBER + 'route = "queue"\ntargets = ["my queue"]\n',
            "[[tracking_numbers]] number 1 (Poster): targets: route queue expects the name of "
            "one queue: letters, digits, _ and -",
        ),
        (
            NUMBER + 'route = "voicemail"\n',
            "[[tracking_numbers]] number 1 (Poster): route voicemail expects a voicemail_box and "
            "no targets",
        ),
        (
            NUMBER + 'route = "ivr"\n',
            "[[tracking_numbers]] number 1 (Poster) route: Input should be 'extension', "
            "'ring_group', 'queue' or 'voicemail'",
        ),
        (
            NUMBER + 'targets = ["1001"]\nannouncement = "../secret"\n',
            "[[tracking_numbers]] number 1 (Poster) announcement: '../secret': expected the name "
            "of a sound, such as custom/recorded",
        ),
        (
            NUMBER + 'targets = ["1001"]\nhours = "Office"\n',
            "[[tracking_numbers]] number 1 (Poster) hours: no [[business_hours]] is named 'Office'",
        ),
        (
            NUMBER.replace("+61255501001", "5550") + 'targets = ["1001"]\n',
            "[[tracking_numbers]] number 1 (Poster) number: '5550' is no phone number (write it "
            "as +61 …, or set country)",
        ),
        (
            (NUMBER + 'targets = ["1001"]\n') * 2,
            "[[tracking_numbers]] number: '+61255501001' stands there 2 times",
        ),
        (
            HOURS + 'time_zone = "Sydney"\nweekly = {}\n',
            "[[business_hours]] number 1 (Office) time_zone: 'Sydney': expected a time zone such "
            "as Australia/Sydney",
        ),
        (
            HOURS + 'time_zone = "UTC"\nweekly = { weekdays = ["09:00-17:00"] }\n',
            "[[business_hours]] number 1 (Office) weekly: 'weekdays': expected a day or two: mon, "
            "mon-fri; of mon, tue, wed, thu, fri, sat, sun",
        ),
        (
            HOURS + 'time_zone = "UTC"\nweekly = { mon = ["9-5"] }\n',
            "[[business_hours]] number 1 (Office) weekly: '9-5': expected hours such as "
            "09:00-17:30 or 22:00-06:00",
        ),
        (
            '[[contacts]]\nname = "Ada"\nnumbers = ["call me"]\n',
            "[[contacts]] number 1 (Ada) numbers: 'call me' is no phone number (write it as "
            "+61 …, or set country)",
        ),
        (
            '[[contacts]]\nname = "Ada"\nowner = "Zoe"\n',
            "[[contacts]] number 1 (Ada) owner: no user is named 'Zoe'",
        ),
        (
            '[[leads]]\nname = "Ada"\ncampaign = "Z"\n',
            "[[leads]] number 1 (Ada) campaign: no campaign is named 'Z'",
        ),
        (
            '[[users]]\nname = "Al"\nextensions = ["1"]\n'
            '[[users]]\nname = "Bo"\nextensions = ["1"]\n',
            "[[users]] extensions: '1' stands there 2 times",
        ),
        ('country = "XX"\n', "country: 'XX': expected a two-letter country code: AU, DE, US"),
        (
            '[lists]\nvip = ["x"]\n',
            "[lists] vip: 'x' is no phone number (write it as +61 …, or set country)",
        ),
        (
            "[[users]\n",
            "not valid TOML: Expected ']]' at the end of an array declaration (at line "
            "1, column 8)",
        ),
    ],
)
def test_a_wrong_entry_is_named_and_nothing_is_written(
    cli: CommandLine, text: str, complaint: str
) -> None:
    """File, table, entry, key, and what was expected; exit 2, and the store as it was."""
    load(cli, '[[users]]\nname = "Tom"\n')
    before = what_is_there(cli)
    answer = load(cli, text)
    assert (answer.status, answer.stderr.splitlines()) == (
        2,
        [f"error: {cli.folder}/company.toml: {complaint}"],
    )
    assert what_is_there(cli) == before


def test_an_unknown_holiday_region_is_answered_with_those_known(cli: CommandLine) -> None:
    """Public holidays are checked when the file is read, not when it is Christmas."""
    hours = HOURS + 'time_zone = "UTC"\nweekly = {}\ncountry = "AU"\nsubdivision = "BY"\n'
    answer = load(cli, hours)
    assert answer.status == 2
    assert "[[business_hours]] number 1 (Office): subdivision: 'BY': expected" in answer.stderr
    assert "one of AU's: ACT, NSW, " in answer.stderr
    nowhere = load(cli, hours.replace('"AU"', '"AQ"').replace('subdivision = "BY"', ""))
    assert "expected a two-letter country code" in nowhere.stderr


def test_every_wrong_entry_is_named_at_once(cli: CommandLine) -> None:
    """One reading tells all there is to mend."""
    text = '[[contacts]]\nname = "A"\nnumbers = ["x", "y"]\n[lists]\nblocked = ["z"]\n'
    assert len(load(cli, text).stderr.splitlines()) == 3


def test_national_numbers_follow_the_configuration_or_the_file(cli: CommandLine) -> None:
    """The file's own country wins over [numbers] country."""
    cli.write_config('[numbers]\ncountry = "DE"\n')
    lead = '[[leads]]\nname = "A"\nnumbers = ["0491 570 006"]\n'
    load(cli, lead)
    load(cli, f'country = "AU"\n{lead}'.replace('"A"', '"B"'))
    numbers = [(name, number.e164) for _, name, (number,), _ in what_is_there(cli)["people"]]
    assert numbers == [("A", "+49491570006"), ("B", "+61491570006")]


def test_hours_may_run_over_midnight_and_over_the_weekend(cli: CommandLine) -> None:
    """``sat-mon`` is three days; 24:00 is midnight."""
    hours = HOURS + 'time_zone = "UTC"\nweekly = { sat-mon = ["22:00-06:00", "12:00-24:00"] }\n'
    file = CompanyFile.model_validate(
        {
            "business_hours": [
                {
                    "name": "Office",
                    "time_zone": "UTC",
                    "weekly": {"sat-mon": ["22:00-06:00", "12:00-24:00"]},
                }
            ]
        }
    )
    assert load(cli, hours).status == 0
    assert file.business_hours[0].weekly == tuple(
        OpenInterval(weekday=day, opens=opens, closes=closes)
        for day in (5, 6, 0)
        for opens, closes in ((time(22), time(6)), (time(12), time(0)))
    )


def test_a_missing_file_is_named(cli: CommandLine) -> None:
    """No traceback, and no store."""
    answer = cli("load", "gone.toml")
    assert (answer.status, answer.stderr) == (2, "error: gone.toml: No such file or directory\n")
    assert not (cli.folder / "store.db").exists()


def test_every_key_of_a_company_file_is_documented() -> None:
    """docs/company.md has a row for each key of each table."""
    text = DOCS.read_text("utf-8")
    for table, field in CompanyFile.model_fields.items():
        if table == "country":
            continue
        heading = f"[{table}]" if table == "lists" else f"[[{table}]]"
        assert f"`{heading}`" in text
        section = text.partition(f"## `{heading}`")[2].partition("\n## ")[0]
        model = field.annotation
        entry = getattr(model, "__args__", (model,))[0]
        documented = set(re.findall(r"(?m)^\| `(\w+)`", section))
        assert (table, documented) == (table, set(entry.model_fields))
