"""Recordings in, findings out. Pure science; knows nothing of reasoning or simulation."""
