"""The rules and the engine that folds reports over them: `(ruleset, state, report) → (state, findings)`.

Pure: one file a rule family. Reads no clock, opens nothing, logs nothing.
"""
