"""The bulletin of a week or a month: its figures, what they say in words, and its Word file."""
