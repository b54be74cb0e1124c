"""The HTTP face of Haulwatch: REST, the live stream, the interactive documentation and the built page.

It reads through `storage.store` and judges nothing.
"""
