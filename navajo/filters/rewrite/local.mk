libnavajo_la_SOURCES += \
	%D%/rewrite_filter.cc \
	%D%/rewrite_filter.h \
	%D%/substitution.cc \
	%D%/substitution.h
EXTRA_DIST += %D%/README.md %D%/example.xml

if TESTS_ENABLED
check_PROGRAMS += navajo/filters/rewrite/unit_tests
TESTS += navajo/filters/rewrite/unit_tests
navajo_filters_rewrite_unit_tests_SOURCES = \
	%D%/rewrite_filter_test.cc \
	%D%/substitution_test.cc \
	navajo/base/test_main.cc
navajo_filters_rewrite_unit_tests_CPPFLAGS = $(unit_test_cppflags)
navajo_filters_rewrite_unit_tests_LDADD = $(unit_test_libs)
endif
