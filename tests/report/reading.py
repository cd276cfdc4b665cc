"""How tests read a page: as HTML, and opened in a browser."""

import re
from html.parser import HTMLParser
from pathlib import Path


class Outline(HTMLParser):
    """Heads, ids, links, and elements that ask for something."""

    def __init__(self, html: str):
        super().__init__()
        self.heads, self.ids, self.links, self.asked, self.language = [], [], [], [], ""
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        self.language = found["lang"] if tag == "html" else self.language
        self.heads += [int(tag[1])] if re.fullmatch("h[1-6]", tag) else []
        self.ids += [found["id"]] if "id" in found else []
        self.links += [found["href"]] if tag == "a" else []
        self.asked += [v for k, v in attrs if k in ("src", "srcset", "action", "poster") and v]
        self.asked += [found["href"]] if tag == "link" and not found["href"].startswith("data:") else []


class Visit:
    """One page opened: what it asked for and what it complained of."""

    def __init__(self, browser, path: Path, width: int = 1440, height: int = 900, **options):
        self.asked, self.said = [], []
        self.page = browser.new_page(viewport={"width": width, "height": height}, **options)
        self.page.on("request", lambda r: self.asked.append(r.url))
        self.page.on("console", lambda m: self.said.append(m.text) if m.type in ("error", "warning") else None)
        self.page.on("pageerror", lambda e: self.said.append(str(e)))
        self.page.on("dialog", lambda d: (self.said.append(f"dialog {d.message}"), d.dismiss()))
        self.page.goto(path.as_uri())
        if self.page.query_selector("[data-chart]"):
            self.page.wait_for_function("document.documentElement.dataset.charts === 'drawn'")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.page.close()

    def charts(self) -> list[dict]:
        """Marks and width of every chart on the page."""
        return self.page.evaluate(
            """() => [...document.querySelectorAll('.chart')].map(c => ({
                id: c.id, marks: c.querySelectorAll('svg path, svg text, svg line').length,
                width: c.querySelector('svg')?.getBoundingClientRect().width ?? 0,
                room: c.parentElement.clientWidth}))"""
        )

    def colour(self, selector: str, name: str = "color") -> str:
        return self.page.evaluate("([s, n]) => getComputedStyle(document.querySelector(s))[n]", [selector, name])
