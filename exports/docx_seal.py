"""A Word file packed so that the same content is the same bytes: no clock of the machine in it."""

import zipfile
from datetime import timedelta
from io import BytesIO
from typing import TYPE_CHECKING

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
    written = BytesIO()
    document.save(written)
    return _packed_anew(written)


def _packed_anew(written: BytesIO) -> bytes:
    packed = BytesIO()
    with zipfile.ZipFile(written) as old, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.infolist():
            entry = zipfile.ZipInfo(part.filename, _NO_TIME)
            entry.compress_type, entry.external_attr, entry.create_system = (
                zipfile.ZIP_DEFLATED,
                0o600 << 16,
                3,
            )
            new.writestr(entry, old.read(part))
    return packed.getvalue()
