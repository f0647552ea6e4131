# One line per filter folder.
libnavajo_la_SOURCES += %D%/table.cc %D%/table.h
include navajo/filters/header_delegation/local.mk
