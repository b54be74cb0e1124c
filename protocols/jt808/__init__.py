"""JT/T 808: vehicle terminals, in the forms of 2011, 2013 and 2019.

`framing.Reader` cuts a stream into frames, `parts.Parts` joins sub-packets, `messages` turns a frame
into a message and back, `position.to_position` a location into the position object of docs/WIRE.md.
"""
