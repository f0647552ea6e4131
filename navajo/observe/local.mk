libnavajo_la_SOURCES += \
	%D%/cause_counts.cc \
	%D%/cause_counts.h \
	%D%/cheap_ticks.cc \
	%D%/cheap_ticks.h \
	%D%/log.cc \
	%D%/log.h \
	%D%/log_ids.def \
	%D%/log_fields.cc \
	%D%/log_fields.h \
	%D%/log_format.cc \
	%D%/log_format.h \
	%D%/trace.cc \
	%D%/trace.h \
	%D%/trace_groups.def \
	%D%/trace_file.cc \
	%D%/trace_file.h \
	%D%/trace_queue.cc \
	%D%/trace_queue.h \
	%D%/trace_writer.cc \
	%D%/trace_writer.h \
	%D%/process_identity.cc \
	%D%/process_identity.h \
	%D%/request_history.cc \
	%D%/request_history.h \
	%D%/request_record.h \
	%D%/status_segment.cc \
	%D%/status_segment.h \
	%D%/status_values.def \
	%D%/json_writer.cc \
	%D%/json_writer.h \
	%D%/status_report.cc \
	%D%/status_report.h \
	%D%/latency_histogram.cc \
	%D%/latency_histogram.h \
	%D%/series_table.cc \
	%D%/series_table.h \
	%D%/traffic.cc \
	%D%/traffic.h \
	%D%/open_metrics.cc \
	%D%/open_metrics.h \
	%D%/metrics_text.cc \
	%D%/metrics_text.h \
	%D%/metrics_writer.h \
	%D%/process_use.cc \
	%D%/process_use.h

if TESTS_ENABLED
check_PROGRAMS += navajo/observe/unit_tests
TESTS += navajo/observe/unit_tests
navajo_observe_unit_tests_SOURCES = \
	%D%/cause_counts_test.cc \
	%D%/json_writer_test.cc \
	%D%/latency_histogram_test.cc \
	%D%/log_fields_test.cc \
	%D%/log_format_test.cc \
	%D%/log_test.cc \
	%D%/metrics_text_test.cc \
	%D%/open_metrics_test.cc \
	%D%/process_identity_test.cc \
	%D%/series_table_test.cc \
	%D%/traffic_test.cc \
	%D%/request_history_test.cc \
	%D%/status_report_test.cc \
	%D%/status_segment_test.cc \
	%D%/trace_file_test.cc \
	%D%/trace_test.cc \
	%D%/trace_writer_test.cc \
	navajo/base/test_main.cc
navajo_observe_unit_tests_CPPFLAGS = $(unit_test_cppflags)
navajo_observe_unit_tests_LDADD = $(unit_test_libs)
endif
