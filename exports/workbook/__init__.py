"""A statement as an Excel workbook: a summary with charts, lists, the loss account, and what changed since.

The bytes follow from the statements, the language and the districts alone.
"""

import io
from collections.abc import Sequence
from datetime import timedelta

import xlsxwriter

from domain.instant import EPOCH
from exports.amendments import amendments
from exports.statement import Statement
from exports.within import within
from exports.words import Language
from exports.workbook.account import account_sheet
from exports.workbook.amended import amendment_sheet
from exports.workbook.groups import company_sheet, district_sheet, rule_sheet, subject_sheet
from exports.workbook.lists import overdue_sheet, set_aside_sheet, violation_sheet
from exports.workbook.notes import notes_sheet
from exports.workbook.sheets import Binder
from exports.workbook.summary import summary_sheet


def workbook(
    statements: Sequence[Statement], *, language: Language, districts: frozenset[str] | None, link: str
) -> bytes:
    """The workbook of what was issued first, with what the later statements change as its last sheet.

    `link` is where the page is, `http://host:port`; empty leaves alerts without links.
    """
    content = io.BytesIO()
    # Texts are texts: nothing is turned into a formula, a number or a link by what it looks like.
    book = xlsxwriter.Workbook(
        content,
        {
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        },
    )
    binder = Binder(book, within(statements[0], districts), language, districts, link)
    book.set_properties(_properties(binder))
    tied = [
        *summary_sheet(binder),
        company_sheet(binder),
        district_sheet(binder),
        rule_sheet(binder),
        subject_sheet(binder),
    ]
    violations = violation_sheet(binder)
    overdue_sheet(binder)
    set_aside_sheet(binder)
    account_sheet(binder)
    notes_sheet(binder, violations, tied)
    # Last, so that nothing of the sheets before it depends on it.
    changed = [one for one in amendments([within(each, districts) for each in statements]) if one.changes]
    if changed:
        amendment_sheet(binder, changed)
    book.close()
    return content.getvalue()


def _properties(binder: Binder) -> dict[str, object]:
    statement = binder.statement
    return {
        "title": f"{binder.said(f'file_{statement.period.kind.value}')} {binder.period}",
        "subject": binder.issue,
        "author": "Haulwatch",
        # When it was issued, not when the file was made: made again it is the same.
        "created": (EPOCH + timedelta(milliseconds=statement.stated_ms)).replace(tzinfo=None),
    }
