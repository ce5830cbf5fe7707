"""The facial nerve as a population of motor axons: hours of activity, each impulse with its cause."""
