"""Goals of a strategy, and the curvature of the objective that a model was fitted to."""
