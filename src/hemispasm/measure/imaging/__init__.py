"""MRI series and a reader's clicks in; distance of vessel and nerve, or why not, out."""
