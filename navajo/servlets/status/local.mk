libnavajo_la_SOURCES += \
	%D%/status_page.cc \
	%D%/status_page.h \
	%D%/status_servlet.cc \
	%D%/status_servlet.h
EXTRA_DIST += %D%/README.md %D%/example.xml

if TESTS_ENABLED
check_PROGRAMS += navajo/servlets/status/unit_tests
TESTS += navajo/servlets/status/unit_tests
navajo_servlets_status_unit_tests_SOURCES = \
	%D%/status_page_test.cc \
	%D%/status_servlet_test.cc \
	navajo/base/test_main.cc
navajo_servlets_status_unit_tests_CPPFLAGS = $(unit_test_cppflags)
navajo_servlets_status_unit_tests_LDADD = $(unit_test_libs)
endif
