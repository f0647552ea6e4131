libnavajo_la_SOURCES += \
	%D%/backend_registry_servlet.cc \
	%D%/backend_registry_servlet.h \
	%D%/registration.cc \
	%D%/registration.h
EXTRA_DIST += %D%/README.md %D%/example.xml

if TESTS_ENABLED
check_PROGRAMS += navajo/servlets/backend_registry/unit_tests
TESTS += navajo/servlets/backend_registry/unit_tests
navajo_servlets_backend_registry_unit_tests_SOURCES = \
	%D%/backend_registry_servlet_test.cc \
	navajo/base/test_main.cc
navajo_servlets_backend_registry_unit_tests_CPPFLAGS = $(unit_test_cppflags)
navajo_servlets_backend_registry_unit_tests_LDADD = $(unit_test_libs)
endif
