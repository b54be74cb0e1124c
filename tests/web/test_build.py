"""What is committed beside the page is what the service says now, and the lock names no address."""

import json
import subprocess
from pathlib import Path

import pytest

from api.openapi import openapi_text

WEB = Path(__file__).parents[2] / "web"


def test_the_committed_description_of_the_api_is_current():
    assert (WEB / "openapi.json").read_text() == openapi_text(), "python -m api.openapi > web/openapi.json"


@pytest.mark.skipif(
    not (WEB / "node_modules").exists(), reason="web/node_modules is not installed (`make web`)"
)
def test_the_page_s_types_are_generated_from_that_description(tmp_path):
    made = tmp_path / "schema.d.ts"
    command = ["npx", "--no-install", "openapi-typescript", "openapi.json", "--output", str(made)]
    subprocess.run(command, cwd=WEB, check=True, capture_output=True, timeout=300)
    assert made.read_text() == (WEB / "src" / "api" / "schema.d.ts").read_text(), "npm run api-types"


def test_every_version_is_exact_and_the_lock_names_no_address():
    package = json.loads((WEB / "package.json").read_text())
    versions = package["dependencies"] | package["devDependencies"]
    assert all(version[0].isdigit() for version in versions.values())
    assert "://" not in "".join(
        str(entry.get("resolved", ""))
        for entry in json.loads((WEB / "package-lock.json").read_text())["packages"].values()
    )
