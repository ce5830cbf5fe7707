"""Video and EMG of one patient on one clock, and what both saw."""
