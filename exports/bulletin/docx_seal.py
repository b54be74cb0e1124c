"""A Word file packed so that the same content is the same bytes: no clock of the machine in it."""

import zipfile
from datetime import timedelta
from io import BytesIO
from typing import TYPE_CHECKING

from domain.document import UnfitError
from domain.instant import EPOCH

if TYPE_CHECKING:
    from docx.document import Document

_NO_TIME = (1980, 1, 1, 0, 0, 0)


def sealed(document: "Document", *, title: str, author: str, at_ms: int) -> bytes:
    """The file; its properties name the title, the author and one instant, ms since 1970 UTC."""
    properties = document.core_properties
    properties.title, properties.author, properties.last_modified_by = title[:255], author[:255], author[:255]
    properties.created = properties.modified = EPOCH + timedelta(milliseconds=at_ms)
    properties.revision = 1
    return _packed_anew(saved(document))


def saved(document: "Document") -> bytes:
    """The file as the library packs it; raises UnfitError where a stranger's file has parts that cannot be written."""
    written = BytesIO()
    try:
        document.save(written)
    except Exception as error:  # whatever the library stumbles over
        raise UnfitError("template_no_docx") from error
    return written.getvalue()


def _packed_anew(written: bytes) -> bytes:
    packed = BytesIO()
    with zipfile.ZipFile(BytesIO(written)) as old, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.infolist():
            entry = zipfile.ZipInfo(part.filename, _NO_TIME)
            entry.compress_type, entry.external_attr, entry.create_system = (
                zipfile.ZIP_DEFLATED,
                0o600 << 16,
                3,
            )
            new.writestr(entry, old.read(part))
    return packed.getvalue()
