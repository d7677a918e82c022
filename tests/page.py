"""What a browser would make of HTML that is shown to a person."""

from html.parser import HTMLParser


class Page(HTMLParser):
    """Tags, the names of attributes, the schemes of links, and text."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.links: list[str] = []
        self.text = ""

    @staticmethod
    def of(page: str) -> "Page":
        parser = Page()
        parser.feed(page)
        parser.close()
        return parser

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.links += [(value or "").partition(":")[0] for name, value in attrs if name == "href"]

    def handle_data(self, data: str) -> None:
        self.text += data
