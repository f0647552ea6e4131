libnavajo_la_SOURCES += \
	%D%/one_way.cc \
	%D%/one_way.h \
	%D%/relay_buffer.cc \
	%D%/relay_buffer.h \
	%D%/tunnel.cc \
	%D%/tunnel.h \
	%D%/tunnel_end.cc \
	%D%/tunnel_end.h \
	%D%/tunnel_list.cc \
	%D%/tunnel_list.h \
	%D%/tunnel_slots.cc \
	%D%/tunnel_slots.h \
	%D%/turn.cc \
	%D%/turn.h
EXTRA_DIST += %D%/tunnel_fixture.h

if TESTS_ENABLED
check_PROGRAMS += navajo/tunnel/unit_tests
TESTS += navajo/tunnel/unit_tests
navajo_tunnel_unit_tests_SOURCES = \
	%D%/tunnel_fault_test.cc \
	%D%/tunnel_idle_test.cc \
	%D%/tunnel_life_test.cc \
	%D%/tunnel_list_test.cc \
	%D%/tunnel_slots_test.cc \
	%D%/tunnel_test.cc \
	navajo/base/test_main.cc
navajo_tunnel_unit_tests_CPPFLAGS = $(unit_test_cppflags)
navajo_tunnel_unit_tests_LDADD = $(unit_test_libs)
endif
