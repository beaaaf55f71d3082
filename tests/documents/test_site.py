"""The site builds without a warning or the network, and all that its pages refer to is in it."""

import os
import re
import subprocess
import sys
from functools import cache
from html.parser import HTMLParser
from urllib.parse import unquote, urlsplit

import pytest

from support.paths import ROOT

for library in ("mkdocs", "material", "mkdocstrings", "latex2mathml"):
    pytest.importorskip(library)

PAGES = sorted(
    page.relative_to(ROOT / "docs").with_suffix(".html").as_posix()
    for page in (ROOT / "docs").rglob("*.md")
)
NO_NETWORK = {"http_proxy": "http://127.0.0.1:9", "https_proxy": "http://127.0.0.1:9"}
FETCHED = {"script", "link", "img", "source", "iframe", "object", "video", "audio", "embed"}


class Page(HTMLParser):
    """What a page fetches, what it links to, and the anchors it has."""

    def __init__(self, html):
        super().__init__()
        self.fetched, self.links, self.anchors = [], [], {""}
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        values = {name: value for name, value in attrs if value}
        address = values.get("src") or values.get("href") or values.get("data")
        self.anchors |= {values[name] for name in ("id", "name") if name in values}
        if tag in FETCHED and address:
            self.fetched.append(address)
        if tag == "a" and address:
            self.links.append(address)


@cache
def parsed(path):
    return Page(path.read_text())


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    environment = {"NO_MKDOCS_2_WARNING": "1", "PYTHONDONTWRITEBYTECODE": "1", **NO_NETWORK}
    result = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", folder],
        cwd=ROOT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stderr
    assert "WARNING" not in result.stderr
    return folder


def pages_of(site):
    return [path for path in site.rglob("*.html") if path.name != "404.html"]


def test_every_page_is_built_and_in_the_navigation(site):
    links = {urlsplit(link).path for link in parsed(site / "index.html").links}
    for page in PAGES:
        assert (site / page).is_file()
        assert page in links, page


def test_nothing_is_fetched_from_elsewhere(site):
    for path in [*pages_of(site), site / "404.html"]:
        outside = [address for address in parsed(path).fetched if urlsplit(address).netloc]
        assert not outside, (path, outside)
    for sheet in site.rglob("*.css"):
        outside = re.findall(r"(?:@import|url\()\s*['\"]?(?:https?:)?//[^'\")]*", sheet.read_text())
        assert not outside, (sheet, outside)


def test_every_link_leads_somewhere(site):
    for path in pages_of(site):
        page = parsed(path)
        for address in [*page.links, *page.fetched]:
            parts = urlsplit(address)
            if parts.scheme or parts.netloc:
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            assert target.is_file(), (path, address)
            if parts.fragment and target.suffix == ".html":
                assert unquote(parts.fragment) in parsed(target).anchors, (path, address)


def test_formulas_are_mathml(site):
    text = (site / "idea.html").read_text()
    assert text.count("<math ") > 40
    assert "$" not in re.sub(r"<(script|pre|code)\b.*?</\1>", "", text, flags=re.DOTALL)


def test_pictures_are_drawn_for_light_and_dark_pages(site):
    for path in pages_of(site):
        for light in re.findall(r'src="([^"]+)-light\.svg#only-light"', path.read_text()):
            for scheme in ("light", "dark"):
                picture = (path.parent / f"{light}-{scheme}.svg").read_text()
                assert picture.rstrip().endswith("</svg>")


def test_the_site_carries_no_programs(site):
    assert not list(site.rglob("*.py"))
