"""Statements of weeks and months, and the figures and files made of them and of rows."""
