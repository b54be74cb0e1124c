"""`haulwatch user`: who may sign in, from the command line."""

import os
import subprocess
import sys

import pytest


@pytest.fixture
def user(database, tmp_path):
    environ = {key: value for key, value in os.environ.items() if not key.startswith("HAULWATCH_")}
    environ |= {"HAULWATCH_DATABASE_URL": database, "HAULWATCH_DATA_DIR": str(tmp_path)}

    def run(*arguments: str, typed: str = "") -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-m", "haulwatch", "user", *arguments],
            env=environ,
            input=typed,
            capture_output=True,
            text=True,
            timeout=400,
            check=False,
        )

    return run


def test_a_user_is_added_listed_and_disabled_and_the_last_administrator_stays(user):
    added = user("add", "li", "--role", "administrator", "--name", "李", typed="long enough\n")
    assert (added.returncode, added.stdout) == (0, "li may sign in as administrator\n")
    user("add", "wang", "--role", "viewer", "--district", "D1", typed="long enough\n")
    listed = user("list").stdout
    assert "administrator  李" in listed
    assert "viewer         wang, for D1" in listed
    refused = user("disable", "li")
    assert refused.returncode == 1
    assert "somebody has to be administrator" in refused.stderr
    assert user("disable", "wang").returncode == 0
    assert "(disabled)" in user("list").stdout


def test_what_cannot_be_is_refused_with_what_to_do(user):
    assert "needs 10 characters" in user("add", "li", typed="short\n").stderr
    assert "no name to sign in with" in user("add", "Li Lei", typed="long enough\n").stderr
    user("add", "li", typed="long enough\n")
    assert "haulwatch user password li" in user("add", "li", typed="long enough\n").stderr
    assert user("password", "nobody", typed="long enough\n").returncode == 1
    assert "signed out everywhere" in user("password", "li", typed="another one\n").stdout
