"""The facial nerve as a population of motor axons: hours of impulses, each with its cause."""
