libnavajo_la_SOURCES += \
	%D%/address_class.cc \
	%D%/address_class.h \
	%D%/address_guard.cc \
	%D%/address_guard.h \
	%D%/forward_proxy.cc \
	%D%/forward_proxy.h \
	%D%/interception.cc \
	%D%/interception.h \
	%D%/mirror.cc \
	%D%/mirror.h \
	%D%/origin.cc \
	%D%/origin.h \
	%D%/policy.cc \
	%D%/policy.h \
	%D%/target.cc \
	%D%/target.h \
	%D%/upstream_trust.h

if TESTS_ENABLED
check_PROGRAMS += navajo/forward/unit_tests
TESTS += navajo/forward/unit_tests
navajo_forward_unit_tests_SOURCES = \
	%D%/address_class_test.cc \
	%D%/address_guard_test.cc \
	%D%/endpoint_text.h \
	%D%/policy_test.cc \
	%D%/target_test.cc \
	navajo/base/test_main.cc
navajo_forward_unit_tests_CPPFLAGS = $(unit_test_cppflags)
navajo_forward_unit_tests_LDADD = $(unit_test_libs)
endif
