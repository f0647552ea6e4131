libnavajo_la_SOURCES += \
	%D%/content_types.cc \
	%D%/content_types.h \
	%D%/default_servlet.cc \
	%D%/default_servlet.h \
	%D%/http_date.cc \
	%D%/http_date.h \
	%D%/preconditions.cc \
	%D%/preconditions.h \
	%D%/served_file.cc \
	%D%/served_file.h
EXTRA_DIST += %D%/README.md %D%/example.xml

if TESTS_ENABLED
check_PROGRAMS += navajo/servlets/default/unit_tests
TESTS += navajo/servlets/default/unit_tests
navajo_servlets_default_unit_tests_SOURCES = \
	%D%/default_servlet_test.cc \
	%D%/http_date_test.cc \
	%D%/preconditions_test.cc \
	%D%/served_file_test.cc \
	navajo/base/test_main.cc
navajo_servlets_default_unit_tests_CPPFLAGS = $(unit_test_cppflags)
navajo_servlets_default_unit_tests_LDADD = $(unit_test_libs)
endif
