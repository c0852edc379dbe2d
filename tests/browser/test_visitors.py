"""Who may do what: readers look, others act, and forms of strangers are refused."""

import pytest
from playwright.sync_api import Page, expect

from allocation.access.scopes import Scope
from tests.browser.conftest import Visitor
from tests.support.browser_pages import PAGES, BoardPage
from tests.support.browser_sites import Site

READABLE = [page for page in PAGES if page.scope is Scope.READ]

PRODUCT = "/board/stock/OAK-DESK"


def logged_in(
    visit: Visitor, site: Site, scope: Scope, path: str = PRODUCT, **settings: object
) -> Page:
    """A page that the owner of a key has reached by the login."""
    tab = visit(site, **settings).page(path)
    tab.get_by_label("Access key").fill(site.keys[scope])
    tab.get_by_role("button", name="Log in").click()
    tab.wait_for_url(path)
    return tab


@pytest.mark.parametrize("has_script", [True, False], ids=["script", "no-script"])
def test_a_page_leads_to_the_login_and_the_login_to_the_page(
    visit: Visitor, keyed_site: Site, has_script: bool
) -> None:
    tab = logged_in(visit, keyed_site, Scope.STOCK, has_script=has_script)

    expect(tab.get_by_role("heading", level=1)).to_have_text("OAK-DESK")
    expect(tab.get_by_text("You act as key:stock")).to_be_visible()
    tab.get_by_role("button", name="Log out").click()
    expect(tab).to_have_url(f"{keyed_site.address}/login")
    tab.goto(PRODUCT)
    expect(tab.get_by_label("Access key")).to_be_visible()


@pytest.mark.parametrize("page", READABLE, ids=lambda page: page.name)
def test_a_reader_sees_no_actions(visit: Visitor, keyed_site: Site, page: BoardPage) -> None:
    tab = logged_in(visit, keyed_site, Scope.READ, page.path)

    actions = tab.locator("main").locator(
        "a[href*='/board/preview/'], form[action*='/board/preview/'], form[method=post]"
    )
    expect(tab.get_by_role("heading", level=1)).to_contain_text(page.heading)
    expect(actions).to_have_count(0)
    expect(tab.locator("main [data-dialog]")).to_have_count(0)


def test_a_reader_that_acts_all_the_same_gets_a_page_that_says_no(
    visit: Visitor, keyed_site: Site
) -> None:
    tab = logged_in(visit, keyed_site, Scope.READ)
    with tab.expect_navigation() as navigation:
        tab.evaluate("""() => {
          const form = Object.assign(document.createElement("form"),
            { method: "post", action: "/board/send/cancel_batch" });
          form.append(document.querySelector("input[name=csrf]").cloneNode());
          document.body.append(form);
          form.submit();
        }""")

    assert navigation.value.status == 403
    expect(tab.get_by_role("heading", level=1)).to_have_text("Not permitted")


@pytest.mark.parametrize("token", ["", "wrong"])
def test_a_form_without_the_token_of_the_session_is_refused(
    visit: Visitor, keyed_site: Site, token: str
) -> None:
    tab = logged_in(
        visit, keyed_site, Scope.STOCK, "/board/preview/block_batch?ref=PO-3&back=/board/stock"
    )
    field = tab.locator("main input[name=csrf]")
    field.evaluate("(field, token) => { field.value = token; }", token)

    with tab.expect_navigation() as navigation:
        tab.get_by_role("button", name="Block batch PO-3").click()

    assert navigation.value.status == 403
    tab.goto("/board/batches/PO-3")
    expect(tab.get_by_role("button", name="Block…")).to_be_visible()


def test_a_page_whose_session_has_ended_leads_to_the_login(
    visit: Visitor, keyed_site: Site
) -> None:
    tab = logged_in(visit, keyed_site, Scope.READ)
    expect(tab.locator("#live")).to_have_text("Live")
    other = tab.context.new_page()
    other.goto(PRODUCT)
    other.get_by_role("button", name="Log out").click()
    expect(other.get_by_label("Access key")).to_be_visible()

    tab.bring_to_front()
    keyed_site.send({"type": "BatchQuantityChanged", "ref": "PO-7", "qty": 31})

    expect(tab.get_by_label("Access key")).to_be_visible()
