"""Answer checks for the exercises: a package for each unit, a file for each task; the modules here are what they
share."""
