"""HJ 212: pollution monitors, in the forms of 2005 and 2017, and of 2025 as far as its text is known."""
