"""What is wrong with a document, and where; said in English and in Chinese.

A message is a code and its values. The sentences, each once in either language, are in `problem_words`.
"""

from typing import Literal, TypeAlias

from msgspec import Struct

from domain.problem_words import SENTENCES, TERMS_ZH

Language: TypeAlias = Literal["en", "zh"]
Value: TypeAlias = str | tuple[str, ...]


class Message(Struct, frozen=True):
    """A sentence by its code, with what is filled in; several words of one value are listed."""

    code: str
    values: dict[str, Value] = {}

    def said(self, language: Language) -> str:
        """The sentence in a language."""
        words = {name: _worded(value, language) for name, value in self.values.items()}
        return SENTENCES[self.code][language == "zh"].format_map(words)

    def __str__(self) -> str:
        """In English, as the command line and the logs show it."""
        return self.said("en")


class Problem(Struct, frozen=True, kw_only=True):
    """What is wrong with a document, where (a JSON path such as `$.zones[3].radius_m`), and how to mend it."""

    path: str
    message: Message


def message(code: str, **values: Value) -> Message:
    """A message; raises KeyError for a code or a value that the sentences do not know."""
    made = Message(code, values)
    made.said("en")
    return made


def _worded(value: Value, language: Language) -> str:
    words = value if isinstance(value, tuple) else (value,)
    if language == "zh":
        return "、".join(TERMS_ZH.get(word, word) for word in words)
    return ", ".join(words)
