"""The lake of raw days: what a day holds, how it is written, and how it is kept whole."""
