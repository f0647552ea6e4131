libnavajo_la_SOURCES += \
	%D%/address.cc \
	%D%/address.h \
	%D%/admission_gate.cc \
	%D%/admission_gate.h \
	%D%/backend.cc \
	%D%/backend.h \
	%D%/backend_health.cc \
	%D%/backend_health.h \
	%D%/backend_list.cc \
	%D%/backend_list.h \
	%D%/buffer_pool.cc \
	%D%/buffer_pool.h \
	%D%/connect_failure.cc \
	%D%/connect_failure.h \
	%D%/connection_pool.cc \
	%D%/connection_pool.h \
	%D%/connector.cc \
	%D%/connector.h \
	%D%/connector_cache.cc \
	%D%/connector_cache.h \
	%D%/drains.cc \
	%D%/drains.h \
	%D%/endpoint_guard.h \
	%D%/endpoint_health.cc \
	%D%/endpoint_health.h \
	%D%/exchange.cc \
	%D%/exchange.h \
	%D%/failure.cc \
	%D%/failure.h \
	%D%/idle_budget.h \
	%D%/proxy_hop.cc \
	%D%/proxy_hop.h
EXTRA_DIST += %D%/reactor_fixture.h %D%/scripted_backend.h

if TESTS_ENABLED
check_PROGRAMS += navajo/connector/unit_tests
TESTS += navajo/connector/unit_tests
navajo_connector_unit_tests_SOURCES = \
	%D%/address_test.cc \
	%D%/admission_gate_test.cc \
	%D%/backend_list_test.cc \
	%D%/buffer_pool_test.cc \
	%D%/connector_test.cc \
	%D%/drains_test.cc \
	%D%/exchange_test.cc \
	%D%/tls_connections_test.cc \
	navajo/base/test_main.cc
navajo_connector_unit_tests_CPPFLAGS = $(unit_test_cppflags)
navajo_connector_unit_tests_LDADD = $(unit_test_libs)
endif
