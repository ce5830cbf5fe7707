"""The whole path from a measured MRI examination to objects for an archive and planning tools."""
