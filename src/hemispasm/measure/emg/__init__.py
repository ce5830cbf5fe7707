"""From an EMG recording to bursts, evoked responses and their findings."""
