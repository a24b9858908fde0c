"""What brought a visitor, from whatever his browser tells."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_store.capture.visits import PARAMETERS, cut_visit, read_visit, tidy
from crm_store.records import Visit

PAGE = "https://roofs.example/"


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({}, Visit()),
        (
            {
                "utm_source": "news",
                "utm_medium": "print",
                "utm_campaign": "Spring",
                "utm_term": "roof",
                "session": "a",
            },
            Visit(source="news", medium="print", campaign="Spring", keyword="roof", session="a"),
        ),
        (
            {"landing_page": f"{PAGE}?utm_source=a%20b&utm_term=leak&gclid=Cj0"},
            Visit(
                source="a b",
                keyword="leak",
                click_id="Cj0",
                landing_page=f"{PAGE}?utm_source=a%20b&utm_term=leak&gclid=Cj0",
            ),
        ),
        ({"gclid": "x"}, Visit(source="google", medium="cpc", click_id="x")),
        ({"msclkid": "x"}, Visit(source="bing", medium="cpc", click_id="x")),
        ({"fbclid": "x"}, Visit(source="facebook", medium="social", click_id="x")),
        (
            {"referrer": "https://www.google.com.au/", "landing_page": PAGE},
            Visit(
                source="google",
                medium="organic",
                referrer="https://www.google.com.au/",
                landing_page=PAGE,
            ),
        ),
        (
            {"referrer": "https://www.blog.example/roofs"},
            Visit(
                source="blog.example",
                medium="referral",
                referrer="https://www.blog.example/roofs",
            ),
        ),
        (
            {"referrer": f"{PAGE}other", "landing_page": PAGE},
            Visit(referrer=f"{PAGE}other", landing_page=PAGE),
        ),
        ({"landing_page": "http://[bad"}, Visit(landing_page="http://[bad")),
    ],
)
def test_a_visit_is_read_from_parameters_click_ids_and_the_referring_page(
    told: dict[str, str], expected: Visit
) -> None:
    """In this order; what is missing is read from the landing page's own address."""
    assert read_visit(told) == expected


TEXTS = st.dictionaries(
    st.sampled_from([*PARAMETERS, "landing_page", "referrer", "session"]), st.text(max_size=300)
)


@given(told=TEXTS)
def test_whatever_is_told_becomes_printable_lines_of_limited_length(told: dict[str, str]) -> None:
    """No text raises, and none has a line break or a control character afterwards."""
    visit = cut_visit(read_visit(told))
    for text in (visit.source, visit.campaign, visit.keyword, visit.landing_page, visit.session):
        assert text is None or (text.isprintable() and 0 < len(text) <= 2_000)


def test_a_text_is_cut_to_its_length() -> None:
    """Blanks are folded first; nothing is None."""
    assert tidy(" a\r\n\x00b ", 10) == "a b"
    assert tidy("x" * 20, 10) == "x" * 10
    assert tidy(" \n", 10) is None
    assert tidy(None, 10) is None
