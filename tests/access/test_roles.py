"""What each role may do: the table in the code, and the one in the docs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from crm_store.access.roles import WHO_MAY, Deed, may, owned_by_default, require, scopes_of
from crm_store.errors import NotAllowed
from crm_store.records import Contact, Lead, Product, Role, User

PAGE = Path(__file__).parents[2] / "docs" / "access.md"
AGENT, MANAGER, ADMINISTRATOR = (User(name="x", role=role, groups=("North",)) for role in Role)


def test_the_table_of_the_docs_is_the_one_of_the_code() -> None:
    """Line by line, in the same order."""
    cells = re.findall(
        r"^\| `(\w+)` \| (\w+) \| (\w+) \| (\w+) \|$", PAGE.read_text(), re.MULTILINE
    )
    assert cells == [(name, one.see, one.change, one.remove) for name, one in WHO_MAY.items()]


@pytest.mark.parametrize(
    ("deed", "thing", "who"),
    [
        ("change", "lead", [AGENT, MANAGER, ADMINISTRATOR]),
        ("remove", "lead", [MANAGER, ADMINISTRATOR]),
        ("see", "report", [MANAGER, ADMINISTRATOR]),
        ("see", "recording_look", [MANAGER, ADMINISTRATOR]),
        ("change", "user", [ADMINISTRATOR]),
        ("change", "settings", [ADMINISTRATOR]),
        ("see", "something that nobody has thought of", [ADMINISTRATOR]),
    ],
)
def test_who_may_do_what(deed: str, thing: str, who: list[User]) -> None:
    """A few lines of the table, in words; what is not in it is the administrator's."""
    allowed = [user for user in (AGENT, MANAGER, ADMINISTRATOR) if may(user, deed, thing)]
    assert allowed == who


def test_a_refusal_says_what_it_takes() -> None:
    """So that somebody knows whom to ask."""
    with pytest.raises(NotAllowed, match="to remove a lead takes the role of manager"):
        require(AGENT, Deed.REMOVE, "lead")


def test_who_is_not_active_may_nothing() -> None:
    """Whatever his role was."""
    gone = User(name="x", role=Role.ADMINISTRATOR, is_active=False)
    assert (may(gone, "see", "lead"), scopes_of(gone)) == (False, frozenset())


def test_what_somebody_makes_is_his_first_groups() -> None:
    """Unless he says whose, is in none, or the thing belongs to no group."""
    made = [
        owned_by_default(Lead(name="x"), AGENT).owner_group,
        owned_by_default(Contact(name="x", owner_group="South"), AGENT).owner_group,
        owned_by_default(Lead(name="x"), User(name="x")).owner_group,
    ]
    assert made == ["North", "South", None]
    assert owned_by_default(Product(name="x"), AGENT) == Product(name="x")
