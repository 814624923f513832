"""The lake of raw days: what a day holds, how it is written, and how damage is found."""
