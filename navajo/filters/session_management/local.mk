libnavajo_la_SOURCES += \
	%D%/request_session.cc \
	%D%/request_session.h \
	%D%/session_cookie.cc \
	%D%/session_cookie.h \
	%D%/session_management_filter.cc \
	%D%/session_management_filter.h
EXTRA_DIST += %D%/README.md %D%/example.xml

if TESTS_ENABLED
check_PROGRAMS += navajo/filters/session_management/unit_tests
TESTS += navajo/filters/session_management/unit_tests
navajo_filters_session_management_unit_tests_SOURCES = \
	%D%/session_management_filter_test.cc \
	navajo/base/test_main.cc
navajo_filters_session_management_unit_tests_CPPFLAGS = $(unit_test_cppflags)
navajo_filters_session_management_unit_tests_LDADD = $(unit_test_libs)
endif
