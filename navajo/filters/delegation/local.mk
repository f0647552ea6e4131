libnavajo_la_SOURCES += \
	%D%/delegation_filter.cc \
	%D%/delegation_filter.h \
	%D%/delegation_rules.cc \
	%D%/delegation_rules.h \
	%D%/encoding.cc \
	%D%/encoding.h \
	%D%/parameter_text.cc \
	%D%/parameter_text.h
EXTRA_DIST += %D%/README.md %D%/example.xml

if TESTS_ENABLED
check_PROGRAMS += navajo/filters/delegation/unit_tests
TESTS += navajo/filters/delegation/unit_tests
navajo_filters_delegation_unit_tests_SOURCES = \
	%D%/delegation_filter_test.cc \
	%D%/encoding_test.cc \
	%D%/parameter_text_test.cc \
	navajo/base/test_main.cc
navajo_filters_delegation_unit_tests_CPPFLAGS = $(unit_test_cppflags)
navajo_filters_delegation_unit_tests_LDADD = $(unit_test_libs)
endif
