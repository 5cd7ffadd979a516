"""Measurements of speed and memory against floors and peers, side by side in one run; never asserted in a test."""
