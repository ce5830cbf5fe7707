"""Simulated patients with known truth in, scores with intervals out."""
