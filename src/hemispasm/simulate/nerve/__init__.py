"""A bundle of axons through a compressed root: why impulses cross, repeat and persist."""
