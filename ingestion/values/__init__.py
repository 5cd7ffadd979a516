"""Turning delivered text into typed values, tokens and masks in SQL; text that does not fit gets a reason code.

Pure: takes expressions, gives expressions. Knows no file and no table.
"""
