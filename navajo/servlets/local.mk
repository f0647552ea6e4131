# One line per servlet folder.
