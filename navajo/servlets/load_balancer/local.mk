libnavajo_la_SOURCES += \
	%D%/alive_prober.cc \
	%D%/alive_prober.h \
	%D%/load_balancer_servlet.cc \
	%D%/load_balancer_servlet.h \
	%D%/probe.h
EXTRA_DIST += %D%/README.md %D%/example.xml

if TESTS_ENABLED
check_PROGRAMS += navajo/servlets/load_balancer/unit_tests
TESTS += navajo/servlets/load_balancer/unit_tests
navajo_servlets_load_balancer_unit_tests_SOURCES = \
	%D%/load_balancer_servlet_test.cc \
	navajo/base/test_main.cc
navajo_servlets_load_balancer_unit_tests_CPPFLAGS = $(unit_test_cppflags)
navajo_servlets_load_balancer_unit_tests_LDADD = $(unit_test_libs)
endif
