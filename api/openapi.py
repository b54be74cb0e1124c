"""Print the OpenAPI document: `python -m api.openapi`. The page's types are generated from it."""

import json
import sys

from api.app import openapi_document


def openapi_text() -> str:
    """The document as it is kept beside the page."""
    return json.dumps(openapi_document(), ensure_ascii=False, indent=1, sort_keys=True) + "\n"


if __name__ == "__main__":
    sys.stdout.write(openapi_text())
