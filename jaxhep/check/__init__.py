"""Answer checks for the exercises, one module per unit; ``engine`` is what they share."""
