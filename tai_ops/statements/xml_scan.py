"""XML read as it streams by: no document type, no entities of its own, nothing fetched, and every element's line."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import IO, Any, Protocol
from xml.sax import SAXException
from xml.sax.handler import ContentHandler, ErrorHandler

from defusedxml.common import DefusedXmlException
from defusedxml.expatreader import DefusedExpatParser

from tai_ops.errors import UnreadableFile

_DEEPEST = 60


@dataclass(slots=True)
class Node:
    """An element: its name without the namespace, its line, attributes, text and children."""

    name: str
    line: int
    attributes: dict[str, str] = field(default_factory=dict[str, str])
    text: str = ""
    children: "list[Node]" = field(default_factory=list["Node"])

    def all(self, path: str) -> "Iterator[Node]":
        """The elements at a path such as `Acct/Id/IBAN`, in their order."""
        first, _, rest = path.partition("/")
        for child in self.children:
            if child.name == first:
                if rest:
                    yield from child.all(rest)
                else:
                    yield child

    def first(self, *paths: str) -> "Node | None":
        """The first element at the first path that has one."""
        return next((node for path in paths for node in self.all(path)), None)

    def said(self, *paths: str) -> str:
        """The text of the first element that has any, at the first path that has one; else empty."""
        return next((text for path in paths for node in self.all(path) if (text := node.text.strip())), "")


class _Locator(Protocol):
    def getLineNumber(self) -> int | None: ...  # noqa: N802


def scan_xml(
    stream: IO[bytes],
    name: str,
    *,
    wanted: set[str],
    take: Callable[[Node], None],
    opens: Callable[[str, str, int], None] | None = None,
) -> None:
    """Give each outermost element of a wanted name to `take` once it is whole; nothing else stands in memory.

    `opens` hears the name, the namespace and the line of every element outside of those. UnreadableFile where the
    file is no well-formed XML or defines entities.
    """
    parser = DefusedExpatParser(0, 2**16 - 4, forbid_dtd=True)
    parser.setFeature("http://xml.org/sax/features/namespaces", True)  # the interface's own way
    parser.setContentHandler(_Handler(wanted, take, opens))
    parser.setErrorHandler(ErrorHandler())
    try:
        parser.parse(stream)
    except DefusedXmlException:
        raise UnreadableFile(
            f"{name} defines entities or a document type of its own, which no bank's statement does; it is not read"
        ) from None
    except SAXException as fault:
        line: Any = getattr(fault, "getLineNumber", lambda: None)()
        where = f" in line {line}" if line else ""
        raise UnreadableFile(
            f"{name} is damaged XML{where} ({fault.getMessage()}); export it again"
        ) from None
    except (ValueError, LookupError):
        raise UnreadableFile(f"{name} is XML in an encoding that is not known; export it as UTF-8") from None


class _Handler(ContentHandler):
    """Builds the wanted elements, one at a time."""

    def __init__(
        self,
        wanted: set[str],
        take: Callable[[Node], None],
        opens: Callable[[str, str, int], None] | None,
    ) -> None:
        super().__init__()
        self._wanted, self._take, self._opens = wanted, take, opens
        self._open: list[Node] = []
        self._texts: list[str] = []
        self._locator: _Locator | None = None

    def setDocumentLocator(self, locator: Any) -> None:  # noqa: N802
        self._locator = locator

    def startElementNS(self, name: tuple[str | None, str], qname: str | None, attrs: Any) -> None:  # noqa: ARG002, N802
        space, local = name
        line = (self._locator.getLineNumber() if self._locator else None) or 1
        if self._open or local in self._wanted:
            if len(self._open) >= _DEEPEST:
                raise SAXException("elements lie too deep in one another")
            node = Node(local, line, {key[1]: value for key, value in attrs.items()} if len(attrs) else {})
            if self._open:
                self._open[-1].children.append(node)
            self._open.append(node)
            self._texts = []
        elif self._opens:
            self._opens(local, space or "", line)

    def endElementNS(self, name: tuple[str | None, str], qname: str | None) -> None:  # noqa: ARG002, N802
        if not self._open:
            return
        node = self._open.pop()
        if not node.children:
            node.text = "".join(self._texts)
        self._texts = []
        if not self._open:
            self._take(node)

    def characters(self, content: str) -> None:
        if self._open:
            self._texts.append(content)
