"""The commands, a module for each theme; each adds its own to the application."""
