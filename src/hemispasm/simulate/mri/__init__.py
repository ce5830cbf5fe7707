"""Simulated MRI of the posterior fossa: two independent geometries, every distance known."""
