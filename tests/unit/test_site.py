"""What is removed from the documentation site after it was built."""

import pytest
from tools.site import NAMESPACES, without_addresses, without_links_out


@pytest.mark.parametrize(
    "target",
    [
        "https://shop.example/page.html",
        "//shop.example/page.html",
        "mailto:ada@shop.example",
        "../index.html#settings",
        "adr/../../src/allocation",
    ],
)
def test_a_link_that_leads_out_of_the_site_becomes_its_text(target: str) -> None:
    html = f'See <a href="{target}" title="a page">the <code>page</code></a>.'

    assert without_links_out(html, "") == "See the <code>page</code>."


@pytest.mark.parametrize("target", ["feed.html", "#locks", "../feed.html#polling", "", "/"])
def test_a_link_into_the_site_stays(target: str) -> None:
    html = f'See <a href="{target}" class="link">this</a>.'

    assert without_links_out(html, "adr") == html


def test_the_same_target_leads_out_of_one_folder_and_not_of_another() -> None:
    html = '<a href="../feed.html">feed</a>'

    assert without_links_out(html, "") == "feed"
    assert without_links_out(html, "how-to") == html


@pytest.mark.parametrize(
    ("script", "rest"),
    [
        ('load("https://cdn.example/a@1/b.js?c=d#e")', 'load("")'),
        ("let a=`https://api.example/users/${b}`;", "let a=`${b}`;"),
        ("/* by http://fonts.example/ (free) */", "/* by  (free) */"),
    ],
)
def test_a_script_loses_the_addresses_of_other_hosts(script: str, rest: str) -> None:
    assert without_addresses(script) == rest


@pytest.mark.parametrize("name", NAMESPACES)
def test_the_name_of_a_vocabulary_stays(name: str) -> None:
    assert without_addresses(f'create("{name}")') == f'create("{name}")'
    assert without_addresses(f'create("{name}x")') == 'create("")'
