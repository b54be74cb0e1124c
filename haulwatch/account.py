"""Under whose name the command line acts."""

import getpass


def account() -> str:
    """The operator's account, as logs and the audit name it."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "command line"  # an account without a name, as containers have
