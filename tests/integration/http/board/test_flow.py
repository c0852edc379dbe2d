"""The page of the flow draws what leads to what, with the counts of the latest messages."""

import re

from tests.integration.http.conftest import Client
from tests.support.requests import add_batch, allocate

HTML = {"Accept": "text/html"}


def page(client: Client) -> str:
    answer = client.get("/board/flow", headers=HTML)
    assert answer.status_code == 200, answer.text
    return answer.text


def test_the_flow_without_messages_shows_what_can_lead_to_what(client: Client) -> None:
    text = page(client)

    assert "There is no message yet" in text
    assert '<path class="edge busy"' not in text
    assert ">Batch quantity changed</text>" in text
    assert ">change_batch_quantity</text>" in text
    assert ">Mail</text>" in text


def test_the_arrows_have_the_counts_of_messages(any_client: Client) -> None:
    add_batch(any_client, "b1", qty=5)
    for n in range(3):
        allocate(any_client, f"o{n}", qty=1)

    text = page(any_client)
    assert text.count('<path class="edge busy"') == 1
    assert re.findall(r'<text class="t count"[^>]*>(\d+)</text>', text) == ["3"]
    assert "latest 7 messages" in text
    assert "Allocated (3)" in text  # in the table
    assert 'href="/board/messages?type=Allocated"' in text
