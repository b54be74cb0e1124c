"""The three editions of JT/T 808, and what each writes differently."""

from enum import StrEnum


class Version(StrEnum):
    """An edition of the standard; 2011 and 2013 differ in the lengths of a registration only."""

    V2011 = "2011"
    V2013 = "2013"
    V2019 = "2019"

    @property
    def phone_digits(self) -> int:
        """How many digits the phone number in the header has, leading zeros included."""
        return 20 if self is Version.V2019 else 12
