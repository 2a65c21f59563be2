"""What `Bait` and `Determinantal` share."""
