"""`GET /board/shipments`: what arrives when, and who waits for it."""

import re
from html import unescape

import pytest

from tests.integration.http.conftest import Client, Serve
from tests.support.clock import VirtualClock
from tests.support.requests import add_batch, allocate, post

HTML = {"Accept": "text/html"}


def page(client: Client, query: str = "") -> str:
    answer = client.get(f"/board/shipments{query}", headers=HTML)
    assert answer.status_code == 200, answer.text
    return unescape(answer.text)


def row(text: str, ref: str) -> list[str]:
    """The cells of a shipment, without tags."""
    [match] = re.findall(rf'<tr data-key="{ref}">(.*?)</tr>', text, re.DOTALL)
    cells = re.findall(r"<t[hd].*?>(.*?)</t[hd]>", match, re.DOTALL)
    return [" ".join(re.sub("<[^>]*>", " ", cell).split()) for cell in cells]


@pytest.fixture
def any_service(serve: Serve, database_url: str) -> Client:
    """The service on each database on Tuesday, 1 January 2030, with shipments to come."""
    service = serve(database_url, clock=VirtualClock())
    add_batch(service, "late", 30, sku="SOFA", eta="2029-12-30")
    add_batch(service, "soon", 20, eta="2030-01-02")
    add_batch(service, "next", 40, sku="BED", eta="2030-01-08")
    add_batch(service, "far", 50, sku="BED", eta="2031-03-01")
    add_batch(service, "in-stock", 5, sku="SOFA")
    return service


def test_overdue_shipments_come_first_then_week_after_week(any_service: Client) -> None:
    text = page(any_service)
    groups = re.findall(r'scope="rowgroup">(.*?)</th>', text)
    assert groups == [
        "Overdue",
        "This week, 31 Dec 2029 to 6 Jan",
        "Next week, 7 Jan to 13 Jan",
        "24 Feb 2031 to 2 Mar 2031",
    ]
    assert re.findall(r'<tr data-key="(\w+)">', text) == ["late", "soon", "next", "far"]
    assert "in-stock" not in text


def test_a_shipment_says_how_many_lines_it_has_and_is_late_for(any_service: Client) -> None:
    allocate(any_service, "o1", 12)
    allocate(any_service, "o2", 3)
    assert row(page(any_service), "soon") == [
        *("soon LAMP", "2 Jan, in 1 day", "20", "15", "5", "2", "—", "Change…"),
    ]
    post(any_service, "/change_batch_eta", {"ref": "soon", "eta": "2030-01-04"})
    assert row(page(any_service), "soon")[-2] == "2 from 2 Jan on"


def test_an_overdue_shipment_is_late_for_all_of_its_lines(any_service: Client) -> None:
    allocate(any_service, "o1", 7, sku="SOFA")  # more than there is in stock
    assert row(page(any_service), "late")[-3:] == ["1", "1", "New date…"]


def test_the_calendar_has_the_units_of_each_day(any_service: Client) -> None:
    add_batch(any_service, "second", 2, eta="2030-01-08")
    text = page(any_service)
    assert 'aria-label="8 Jan: 42 units in 2 shipments">42</a>' in text
    assert 'aria-label="2 Jan: 20 units in 1 shipment">20</a>' in text
    assert "eta_from=2029-12-30" not in text  # what is overdue does not arrive then


def test_the_calendar_begins_with_the_first_arrival_if_that_is_weeks_away(
    serve: Serve, database_url: str
) -> None:
    service = serve(database_url, clock=VirtualClock())
    add_batch(service, "far", 7, eta="2030-03-01")

    text = page(service)

    assert "Nothing arrives before 1 Mar, in 59 days." in text
    assert 'aria-label="1 Mar: 7 units in 1 shipment">7</a>' in text


def test_filters_choose_shipments_and_stay_in_the_address(any_service: Client) -> None:
    text = page(any_service, "?sku_prefix=B&eta_to=2030-02-01")
    assert re.findall(r'<tr data-key="(\w+)">', text) == ["next"]
    assert 'name="sku_prefix" value="B"' in text
    assert 'href="/board/csv/shipments?sku_prefix=B&eta_to=2030-02-01"' in text


def test_no_shipment_matches_a_filter(any_service: Client) -> None:
    assert "No shipment matches." in page(any_service, "?ref_prefix=zzz")


def test_a_filter_that_cannot_be_is_refused_by_name(any_service: Client) -> None:
    answer = any_service.get("/board/shipments?eta_from=soon", headers=HTML)
    assert answer.status_code == 400
    assert "eta_from" in answer.text


def test_an_empty_shop_expects_nothing(client: Client) -> None:
    assert "Nothing is on its way." in page(client)
