"""The one command of the course: ``python -m course``, which see.

source/ is read (source), joined with its figures into notebooks (figures, assemble), executed (execute) and written
(build), and so are the generated parts of the pages (pages, schedule). Everything else is made from the built
notebooks: slides, site, homework.
"""
