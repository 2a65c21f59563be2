"""What the herding strategies share."""
