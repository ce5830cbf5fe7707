"""From findings and published evidence to a plan. Reasoning never sees a recording."""
