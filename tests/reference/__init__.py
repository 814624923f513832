"""A slow, independent, plain-Python reference of every metric family, written from the definitions alone.

It shares no code with the pipeline, so that an error stays unnoticed only if it was made in both.
"""
