"""From MRI series and a reader's clicks to distances of vessels and nerve, or to a reason why not."""
