"""The command line and the wiring, nothing else: what the other packages do is put together here."""
