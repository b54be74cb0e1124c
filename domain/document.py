"""Reading a JSON document with the path at hand, so that every problem in it is found and named.

A `Node` is one value of the document; all nodes of a document share one list of problems. Readers of
single values are plain functions that raise `UnfitError` with what to mend. A value that cannot be read is
noted and stood in for by None, whatever its type says: of a document with a problem nothing is used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar, cast

import msgspec

from domain.problem import Message, Problem, message

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from domain.problem import Value

T = TypeVar("T")
D = TypeVar("D")


class UnfitError(ValueError):
    """A value that cannot be what it should be; the message says how to mend it."""

    def __init__(self, code: str, **values: Value) -> None:
        """Say it by a code of the sentences of problems."""
        self.message = message(code, **values)
        super().__init__(str(self.message))


class Node:
    """One value of a document and its JSON path."""

    __slots__ = ("path", "problems", "value")

    def __init__(self, value: object, path: str, problems: list[Problem]) -> None:
        """Hold the value; `problems` belongs to the whole document."""
        self.value = value
        self.path = path
        self.problems = problems

    def note(self, told: Message) -> None:
        """Say what is wrong here."""
        self.problems.append(Problem(path=self.path, message=told))

    def child(self, name: str) -> Node | None:
        """The field of an object; None if it is absent or null, which is the same."""
        value = self.value.get(name) if isinstance(self.value, dict) else None
        return None if value is None else Node(value, f"{self.path}.{name}", self.problems)

    def missing(self, name: str, told: Message) -> None:
        """Say that a field is needed."""
        self.problems.append(Problem(path=f"{self.path}.{name}", message=told))

    def elements(self) -> list[Node]:
        """The elements of a list; a value that is no list is a problem and has none."""
        if not isinstance(self.value, list):
            self.note(message("no_list", kind=kind_of(self.value)))
            return []
        return [Node(value, f"{self.path}[{i}]", self.problems) for i, value in enumerate(self.value)]

    def is_object(self) -> bool:
        """Tell whether this is an object; if not, that is a problem."""
        if isinstance(self.value, dict):
            return True
        self.note(message("no_object", kind=kind_of(self.value)))
        return False

    def read(self, parse: Callable[[object], T]) -> T | None:
        """Read this value; None, and a problem, if it cannot be read."""
        try:
            return parse(self.value)
        except UnfitError as error:
            self.note(error.message)
            return None

    def get(self, name: str, parse: Callable[[object], T], default: D) -> T | D:
        """Read a field that may be absent."""
        child = self.child(name)
        return default if child is None else cast("T", child.read(parse))

    def need(self, name: str, parse: Callable[[object], T]) -> T:
        """Read a field that may not be absent."""
        return cast("T", self.want(name, parse))

    def want(self, name: str, parse: Callable[[object], T]) -> T | None:
        """Read a field that may not be absent, where the reader must know whether it was read."""
        child = self.child(name)
        if child is None:
            self.missing(name, message("missing"))
            return None
        return child.read(parse)

    def get_object(self, name: str, read: Callable[[Node], T], default: D) -> T | D:
        """Read a field that holds an object and may be absent."""
        child = self.child(name)
        if child is None:
            return default
        return read(child) if child.is_object() else cast("T", None)

    def get_values(self, name: str, parse: Callable[[object], T], default: D) -> tuple[T, ...] | D:
        """Read a field that holds a list of single values and may be absent."""
        child = self.child(name)
        if child is None:
            return default
        return cast("tuple[T, ...]", tuple(element.read(parse) for element in child.elements()))

    def get_objects(self, name: str, read: Callable[[Node], T]) -> tuple[T, ...]:
        """Read a field that holds a list of objects; absent is the same as empty."""
        child = self.child(name)
        elements = [] if child is None else child.elements()
        return tuple(read(element) for element in elements if element.is_object())

    def objects(self, name: str) -> list[Node]:
        """The objects in a field; what else is there is passed over, for it is noted where it is read."""
        child = self.child(name)
        elements = child.elements() if child is not None and isinstance(child.value, list) else []
        return [element for element in elements if isinstance(element.value, dict)]


def root_of(document: bytes, problems: list[Problem]) -> Node | None:
    """The object that a JSON document is; None, and a problem, where it is none."""
    root = Node(None, "$", problems)
    try:
        root.value = msgspec.json.decode(document)
    except RecursionError:
        root.note(message("nested_too_deeply"))
        return None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        root.note(message("no_json", reason=str(error)))
        return None
    return root if root.is_object() else None


def note_repeated(nodes: Iterable[Node | None], code: str) -> None:
    """Note each text that an earlier node already has, by the code of what it is to be unique for."""
    first_at: dict[str, str] = {}
    for node in nodes:
        if node is None or not isinstance(node.value, str):
            continue
        first = first_at.setdefault(node.value, node.path)
        if first != node.path:
            node.note(message(code, value=repr(node.value), first=first))


def kind_of(value: object) -> str:
    """What JSON calls a value."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, int | float):
        return "a number"
    if isinstance(value, str):
        return "a text"
    return "a list" if isinstance(value, list) else "an object"
