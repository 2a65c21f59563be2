"""The claims of the five papers, what was measured of each, and by which rule it is judged."""
