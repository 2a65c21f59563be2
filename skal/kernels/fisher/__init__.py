"""Fisher information of rows: what adding one to M, or taking it away, would gain."""
