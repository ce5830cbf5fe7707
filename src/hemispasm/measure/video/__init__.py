"""Face video: pictures to signals, signals to events, events to findings."""
