"""History, examination and scales to findings; no recording is looked at."""
