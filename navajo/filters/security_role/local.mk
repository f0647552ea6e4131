libnavajo_la_SOURCES += \
	%D%/security_role_filter.cc \
	%D%/security_role_filter.h
EXTRA_DIST += %D%/README.md %D%/example.xml

if TESTS_ENABLED
check_PROGRAMS += navajo/filters/security_role/unit_tests
TESTS += navajo/filters/security_role/unit_tests
navajo_filters_security_role_unit_tests_SOURCES = \
	%D%/security_role_filter_test.cc \
	navajo/base/test_main.cc
navajo_filters_security_role_unit_tests_CPPFLAGS = $(unit_test_cppflags)
navajo_filters_security_role_unit_tests_LDADD = $(unit_test_libs)
endif
