libnavajo_la_SOURCES += \
	%D%/qos_filter.cc \
	%D%/qos_filter.h \
	%D%/waiting_room.cc \
	%D%/waiting_room.h
EXTRA_DIST += %D%/README.md %D%/example.xml

if TESTS_ENABLED
check_PROGRAMS += navajo/filters/qos/unit_tests
TESTS += navajo/filters/qos/unit_tests
navajo_filters_qos_unit_tests_SOURCES = \
	%D%/qos_filter_test.cc \
	navajo/base/test_main.cc
navajo_filters_qos_unit_tests_CPPFLAGS = $(unit_test_cppflags)
navajo_filters_qos_unit_tests_LDADD = $(unit_test_libs)
endif
