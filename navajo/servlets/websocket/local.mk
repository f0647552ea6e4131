libnavajo_la_SOURCES += \
	%D%/websocket_servlet.cc \
	%D%/websocket_servlet.h
EXTRA_DIST += %D%/README.md %D%/example.xml

if TESTS_ENABLED
check_PROGRAMS += navajo/servlets/websocket/unit_tests
TESTS += navajo/servlets/websocket/unit_tests
navajo_servlets_websocket_unit_tests_SOURCES = \
	%D%/websocket_servlet_test.cc \
	navajo/base/test_main.cc
navajo_servlets_websocket_unit_tests_CPPFLAGS = $(unit_test_cppflags)
navajo_servlets_websocket_unit_tests_LDADD = $(unit_test_libs)
endif
