"""The page on which a reader marks nerves and vessels, served to this machine's browser alone."""
