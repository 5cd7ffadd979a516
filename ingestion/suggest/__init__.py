"""Proposing a mapping for an unknown file, from its headers and a sample of its values.

Knows contracts and the headers of the shipped mappings. Never repeats a value of the file: only counts leave here.
"""
