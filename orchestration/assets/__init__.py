"""The assets of the daily load, one module per step of the way from an extract file to the published snapshot."""
