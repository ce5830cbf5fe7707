"""Simulated facial EMG: two independent generators and the truth of every spike and response."""
