# One line per filter folder.
