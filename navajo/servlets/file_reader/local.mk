libnavajo_la_SOURCES += \
	%D%/file_reader_servlet.cc \
	%D%/file_reader_servlet.h
EXTRA_DIST += %D%/README.md %D%/example.xml

if TESTS_ENABLED
check_PROGRAMS += navajo/servlets/file_reader/unit_tests
TESTS += navajo/servlets/file_reader/unit_tests
navajo_servlets_file_reader_unit_tests_SOURCES = \
	%D%/file_reader_servlet_test.cc \
	navajo/base/test_main.cc
navajo_servlets_file_reader_unit_tests_CPPFLAGS = $(unit_test_cppflags)
navajo_servlets_file_reader_unit_tests_LDADD = $(unit_test_libs)
endif
