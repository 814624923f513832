"""The published copy: one read-only file, replaced in whole, that all readers open."""
