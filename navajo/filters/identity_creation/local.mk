libnavajo_la_SOURCES += \
	%D%/identity_creation_filter.cc \
	%D%/identity_creation_filter.h \
	%D%/make_filter.cc \
	%D%/personal_response.cc \
	%D%/personal_response.h
EXTRA_DIST += %D%/README.md %D%/example.xml

if TESTS_ENABLED
check_PROGRAMS += navajo/filters/identity_creation/unit_tests
TESTS += navajo/filters/identity_creation/unit_tests
navajo_filters_identity_creation_unit_tests_SOURCES = \
	%D%/identity_creation_filter_test.cc \
	%D%/personal_response_test.cc \
	navajo/base/test_main.cc
navajo_filters_identity_creation_unit_tests_CPPFLAGS = $(unit_test_cppflags)
navajo_filters_identity_creation_unit_tests_LDADD = $(unit_test_libs)
endif
