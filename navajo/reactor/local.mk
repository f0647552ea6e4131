libnavajo_la_SOURCES += \
	%D%/culprit.cc \
	%D%/culprit.h \
	%D%/current.h \
	%D%/descriptor.h \
	%D%/dns_channel.cc \
	%D%/dns_channel.h \
	%D%/fiber.h \
	%D%/intrusive_list.h \
	%D%/name_lookup.cc \
	%D%/name_lookup.h \
	%D%/offload.cc \
	%D%/offload.h \
	%D%/reactor.cc \
	%D%/reactor.h \
	%D%/read_rate.cc \
	%D%/read_rate.h \
	%D%/resolver.cc \
	%D%/resolver.h \
	%D%/sanitizer.h \
	%D%/service_lookup.cc \
	%D%/socket.cc \
	%D%/socket.h \
	%D%/stack_pool.cc \
	%D%/stack_pool.h \
	%D%/sync.cc \
	%D%/sync.h \
	%D%/thread_times.cc \
	%D%/thread_times.h \
	%D%/timer.h \
	%D%/timer_wheel.cc \
	%D%/timer_wheel.h \
	%D%/wait.cc \
	%D%/wait.h \
	%D%/wake_status.h \
	%D%/watchdog.cc \
	%D%/watchdog.h

if TESTS_ENABLED
check_PROGRAMS += navajo/reactor/unit_tests
TESTS += navajo/reactor/unit_tests
navajo_reactor_unit_tests_SOURCES = \
	%D%/reactor_test.cc \
	%D%/read_rate_test.cc \
	%D%/resolver_test.cc \
	%D%/service_lookup_test.cc \
	%D%/running_reactor.h \
	%D%/stack_pool_test.cc \
	%D%/timer_wheel_test.cc \
	%D%/wait_any_test.cc \
	navajo/base/test_main.cc
navajo_reactor_unit_tests_CPPFLAGS = $(unit_test_cppflags)
navajo_reactor_unit_tests_LDADD = $(unit_test_libs)
endif
