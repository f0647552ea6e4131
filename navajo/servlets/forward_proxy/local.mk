libnavajo_la_SOURCES += \
	%D%/forward_proxy_servlet.cc \
	%D%/forward_proxy_servlet.h
EXTRA_DIST += %D%/README.md %D%/example.xml

if TESTS_ENABLED
check_PROGRAMS += navajo/servlets/forward_proxy/unit_tests
TESTS += navajo/servlets/forward_proxy/unit_tests
navajo_servlets_forward_proxy_unit_tests_SOURCES = \
	%D%/forward_proxy_servlet_test.cc \
	navajo/base/test_main.cc
navajo_servlets_forward_proxy_unit_tests_CPPFLAGS = $(unit_test_cppflags)
navajo_servlets_forward_proxy_unit_tests_LDADD = $(unit_test_libs)
endif
