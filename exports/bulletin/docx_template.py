"""A Word file with tags in it, filled in: tags read what they are given and nothing else.

Templates come from people. A tag that cannot be read, or that nobody knows, is told with the text that it
stands in; a name with `<`, `&` or a control character in it cannot break the document.
"""

import re
import zipfile
from collections.abc import Mapping
from io import BytesIO
from typing import TYPE_CHECKING, Any
from xml.parsers import expat

from jinja2 import StrictUndefined, TemplateSyntaxError, UndefinedError, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from domain.document import UnfitError

if TYPE_CHECKING:
    from docxtpl import DocxTemplate

MOST_BYTES = 5 * 1024 * 1024
_MOST_UNPACKED_BYTES = 40 * 1024 * 1024
_MOST_PARTS = 500
FILTERS = frozenset(
    {"capitalize", "default", "first", "float", "int", "join", "last", "length", "list", "lower", "map", "max", "min",
     "reject", "rejectattr", "replace", "round", "select", "selectattr", "slice", "sort", "string", "sum", "title",
     "trim", "truncate", "upper"}
)  # fmt: skip
"""What `{{ tag | filter }}` may do; none of them makes much of little."""

_NO_XML = re.compile("[^\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_PLACE_LETTERS = 120
_DEEPEST_LOOP = 2
_NOT_FOR_TEMPLATES = (
    nodes.Assign, nodes.AssignBlock, nodes.Macro, nodes.CallBlock, nodes.Include, nodes.Import, nodes.FromImport,
    nodes.Extends, nodes.Block, nodes.Pow,
)  # fmt: skip


class _Unknown(StrictUndefined):
    """A tag that nobody knows; its error carries the name alone."""

    @property
    def _undefined_message(self) -> str:
        return str(self._undefined_hint or self._undefined_name or "")


class _Sandbox(ImmutableSandboxedEnvironment):
    """Tags read, count and compare; they call nothing, keep nothing and repeat nothing but what they are given.

    So the work of a template is bounded by its size and by the figures.
    """

    intercepted_binops = frozenset({"*", "%"})

    def __init__(self) -> None:
        super().__init__(autoescape=True, undefined=_Unknown, finalize=plain)
        self.globals.clear()
        self.filters = {name: self.filters[name] for name in FILTERS}

    def is_safe_callable(self, obj: Any) -> bool:  # noqa: ARG002 -- none is
        return False

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        if not all(isinstance(one, int | float) and abs(one) < 1e6 for one in (left, right)):
            raise TypeError(f"{operator} is for numbers")
        return super().call_binop(context, operator, left, right)

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        tree = super()._parse(source, name, filename)
        for node in tree.find_all(_NOT_FOR_TEMPLATES):
            raise TemplateSyntaxError(f"{type(node).__name__} is not for templates", node.lineno)
        for node in tree.find_all(nodes.For):
            if _depth(node) > _DEEPEST_LOOP:
                raise TemplateSyntaxError("loops within loops within loops", node.lineno)
        return tree


def _depth(loop: nodes.For) -> int:
    """How many loops lie in each other, this one included."""
    return 1 + max((_depth(inner) for inner in loop.find_all(nodes.For)), default=0)


def plain(value: object) -> object:
    """A text with a blank for whatever no document can hold, a whole number as `1,567`; anything else as it is."""
    if type(value) is int:
        return f"{value:,}"
    return _NO_XML.sub(" ", value) if type(value) is str else value


def opened(template: bytes) -> "DocxTemplate":
    """A template that can be filled in once; raises UnfitError for what is no Word document of a decent size."""
    from docx.opc.constants import RELATIONSHIP_TYPE  # noqa: PLC0415

    _check_package(template)
    found = _template_class()(BytesIO(template))
    try:
        found.init_docx()
    except Exception as error:  # whatever the two libraries stumble over in a stranger's file
        raise UnfitError("template_no_docx") from error
    for part in found.docx.part.package.iter_parts():
        for relation in part.rels.values():
            fetched = relation.is_external and relation.reltype != RELATIONSHIP_TYPE.HYPERLINK
            if fetched and re.match(r"https?:|ftp:|\\\\", relation.target_ref, re.IGNORECASE):
                raise UnfitError("template_fetches", value=relation.target_ref)
    return found


def fill(template: "DocxTemplate", tags: Mapping[str, object]) -> None:
    """Put the values in the place of their tags; raises UnfitError that names the tag and the text round it."""
    try:
        template.render(dict(tags), _Sandbox())
    except UnfitError:
        raise
    except Exception as error:  # what is odd in a stranger's file comes to light here at the latest
        raise UnfitError("template_no_docx") from error


def _check_package(template: bytes) -> None:
    if len(template) > MOST_BYTES:
        raise UnfitError("template_too_large", most=f"{MOST_BYTES // 1024 // 1024} MiB")
    try:
        with zipfile.ZipFile(BytesIO(template)) as package:
            parts = package.infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError) as error:
        raise UnfitError("template_no_docx") from error
    if len(parts) > _MOST_PARTS or sum(part.file_size for part in parts) > _MOST_UNPACKED_BYTES:
        raise UnfitError("template_too_large", most=f"{_MOST_UNPACKED_BYTES // 1024 // 1024} MiB")


def _template_class() -> type["DocxTemplate"]:
    from docxtpl import DocxTemplate  # noqa: PLC0415 -- reading it would slow every command

    class Template(DocxTemplate):  # type: ignore[misc] # comes without types
        """One whose errors say where, and which never gives a torn document."""

        def render_xml_part(self, source: str, part: Any, tags: Any, environment: Any = None) -> str:
            try:
                written: str = super().render_xml_part(source, part, tags, environment)
            except Exception as error:  # a template may fail in any way that an expression can
                raise _told(error, source) from error
            try:
                expat.ParserCreate().Parse(written.encode(), True)
            except expat.ExpatError as error:
                raise UnfitError("template_torn", reason=str(error)) from error
            return written

        def render_properties(self, tags: Any, environment: Any = None) -> None:
            """Leave the properties alone: they are no place for tags."""

    return Template


def _told(error: Exception, source: str) -> UnfitError:
    place = _place(source, _line(error))
    if isinstance(error, TemplateSyntaxError):
        return UnfitError("template_syntax", place=place, reason=error.message or "")
    if isinstance(error, UndefinedError):
        return UnfitError("template_unknown_tag", place=place, tag=error.message or "")
    return UnfitError("template_failed", place=place, reason=str(error) or type(error).__name__)


def _line(error: Exception) -> int:
    """The line of the source that failed, from 1; 0 if unknown."""
    if isinstance(error, TemplateSyntaxError):
        return error.lineno
    found, trace = 0, error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == "<template>":
            found = trace.tb_lineno
        trace = trace.tb_next
    return found


def _place(source: str, line: int) -> str:
    """The text of the paragraph at a line, as the person sees it in Word; docxtpl begins a line at each paragraph."""
    lines = re.sub(r"<w:p([ >])", r"\n<w:p\1", source).split("\n")
    shown = re.sub(r"<[^>]*>", "", lines[line - 1]).strip() if 0 < line <= len(lines) else ""
    return shown if len(shown) <= _PLACE_LETTERS else shown[: _PLACE_LETTERS - 1] + "…"
