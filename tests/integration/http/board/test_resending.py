"""A message of the log can be edited, and sent again as a new one."""

import re

import pytest

from tests.integration.http.conftest import Client
from tests.support.requests import a_line_body, add_batch, post

HTML = {"Accept": "text/html"}


@pytest.fixture
def sent(any_client: Client) -> Client:
    """A service that has got a line with a day, and a change of a batch."""
    add_batch(any_client, "b1", qty=10)
    line = a_line_body(orderid="o<1>", qty=2, required_by="2030-02-03", split=True)
    post(any_client, "/allocate", line, "k/1")
    post(any_client, "/change_batch_quantity", {"ref": "b1", "qty": 4}, "k2")
    return any_client


def form(client: Client, path: str) -> str:
    answer = client.get(path, headers=HTML)
    assert answer.status_code == 200, answer.text
    return answer.text


def test_the_form_has_the_fields_of_the_message(sent: Client) -> None:
    text = form(sent, "/board/resend/k%2F1")

    assert 'action="/board/preview/allocate"' in text
    assert 'name="orderid" value="o&lt;1&gt;"' in text
    assert 'name="qty" value="2" inputmode="numeric" required' in text
    assert 'name="required_by" value="2030-02-03" type="date"' in text
    assert '<option value="true" selected>' in text


def test_the_fields_lead_to_a_preview_of_the_new_message(sent: Client) -> None:
    text = form(sent, "/board/resend/k2")
    [action] = re.findall(r'action="(/board/preview/[^"]*)"', text)
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', text))
    fields.pop("csrf", None)

    answer = sent.get(action, params={**fields, "qty": "1"}, headers=HTML)
    assert answer.status_code == 200, answer.text
    assert "Nothing has happened yet" in answer.text
    assert "Set to 1 unit" in answer.text


def test_a_fact_cannot_be_sent_again(sent: Client) -> None:
    facts = sent.get("/board/messages?type=Allocated", headers=HTML).text
    [place] = re.findall(r'<th scope="row"><a href="/board/messages/([^"]*)"', facts)

    answer = sent.get(f"/board/resend/{place}", headers=HTML)
    assert answer.status_code == 400
    assert "is not one that may come from outside" in answer.text


def test_an_unknown_message_is_not_found(client: Client) -> None:
    assert client.get("/board/resend/no-such", headers=HTML).status_code == 404
