"""Families C and D of simulated recordings: resampled real signals, and adversarial imitators.

Written after the measurement and after the first two families, apart from both: nothing here was
ever used to set a limit. The first two families live in ``simulate.emg`` and ``simulate.face``.
"""
