"""One patient for all instruments: what one run of the nerve shows to camera, EMG and MRI."""
