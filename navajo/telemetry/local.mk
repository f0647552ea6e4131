libnavajo_la_SOURCES += \
	%D%/collector.cc \
	%D%/collector.h \
	%D%/exporter.cc \
	%D%/exporter.h \
	%D%/otlp.cc \
	%D%/otlp.h \
	%D%/span.h \
	%D%/span_queue.cc \
	%D%/span_queue.h \
	%D%/telemetry.cc \
	%D%/telemetry.h

if TESTS_ENABLED
check_PROGRAMS += navajo/telemetry/unit_tests
TESTS += navajo/telemetry/unit_tests
navajo_telemetry_unit_tests_SOURCES = \
	%D%/exporter_test.cc \
	%D%/otlp_test.cc \
	%D%/span_queue_test.cc \
	%D%/telemetry_test.cc \
	navajo/base/test_main.cc
navajo_telemetry_unit_tests_CPPFLAGS = $(unit_test_cppflags)
navajo_telemetry_unit_tests_LDADD = $(unit_test_libs)
endif
