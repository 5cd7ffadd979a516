"""Reading delivered files of any usual format into one shape: numbered rows of text cells, nothing typed yet.

Knows packing, encodings, dialects and sheets; knows no contract and writes no table that stays.
"""
