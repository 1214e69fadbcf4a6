"""The process that looks after one iPhone: unmodified pymobiledevice3 behind lines of JSON.

It can be killed at any moment, and nothing that it knows (keys, names) leaves it by accident:
failures become a cause and, where it is known to be harmless, one line of text.
"""
