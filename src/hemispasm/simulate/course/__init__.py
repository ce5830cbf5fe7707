"""The course over years: pressure, bare membrane, nucleus, treatments; many patients at once."""
