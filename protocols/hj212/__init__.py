"""HJ 212: pollution monitors, in the forms of 2005 and 2017."""
