"""Read and write: videos, sidecars, case folders, results. Knows the model and nothing else."""
