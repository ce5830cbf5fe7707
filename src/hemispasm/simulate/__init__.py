"""The patient with known truth: what an instrument would record, and what was put in."""
