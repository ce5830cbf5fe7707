"""Simulated face video: two independent generators, scenarios, truth per event and frame."""
