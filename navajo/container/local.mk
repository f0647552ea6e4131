libnavajo_la_SOURCES += \
	%D%/application_builder.cc \
	%D%/application_builder.h \
	%D%/block_mode.cc \
	%D%/block_mode.h \
	%D%/buffered_body.cc \
	%D%/buffered_body.h \
	%D%/catalogue.cc \
	%D%/catalogue.h \
	%D%/conditional_lines.cc \
	%D%/conditional_lines.h \
	%D%/class_settings.cc \
	%D%/class_settings.h \
	%D%/container.cc \
	%D%/container.h \
	%D%/context_policy.cc \
	%D%/context_policy.h \
	%D%/configuration_trial.h \
	%D%/crash_watch.cc \
	%D%/crash_watch.h \
	%D%/dispatch.cc \
	%D%/dispatch.h \
	%D%/entrance.cc \
	%D%/entrance.h \
	%D%/error_page.cc \
	%D%/error_page.h \
	%D%/chain_trace.cc \
	%D%/chain_trace.h \
	%D%/file_access.cc \
	%D%/file_access.h \
	%D%/filter_chain.cc \
	%D%/filter_chain.h \
	%D%/generation.cc \
	%D%/event_log_service.cc \
	%D%/event_log_service.h \
	%D%/generation.h \
	%D%/memory_report.cc \
	%D%/memory_service.cc \
	%D%/memory_service.h \
	%D%/memory_report.h \
	%D%/routing_service.cc \
	%D%/routing_service.h \
	%D%/shared_services.cc \
	%D%/shared_services.h \
	%D%/status_codes.cc \
	%D%/telemetry_service.cc \
	%D%/telemetry_service.h \
	%D%/status_codes.h \
	%D%/preparation.cc \
	%D%/preparation.h \
	%D%/request_flags.cc \
	%D%/request_flags.h \
	%D%/url_pattern.cc \
	%D%/url_pattern.h \
	%D%/value_source.cc \
	%D%/value_source.h \
	%D%/variable.cc \
	%D%/variable.h \
	%D%/web_application.cc \
	%D%/web_application.h

if TESTS_ENABLED
check_PROGRAMS += navajo/container/unit_tests
TESTS += navajo/container/unit_tests
navajo_container_unit_tests_SOURCES = \
	%D%/buffered_body_test.cc \
	%D%/conditional_lines_test.cc \
	%D%/container_flags_test.cc \
	%D%/container_rules_test.cc \
	%D%/class_settings_test.cc \
	%D%/container_test.cc \
	%D%/context_policy_test.cc \
	%D%/configuration_trial_test.cc \
	%D%/crash_watch_test.cc \
	%D%/entrance_test.cc \
	%D%/file_access_test.cc \
	%D%/generation_test.cc \
	%D%/rules_everywhere_test.cc \
	%D%/memory_report_test.cc \
	%D%/dispatch_test.cc \
	%D%/preparation_test.cc \
	%D%/request_flags_test.cc \
	%D%/url_pattern_test.cc \
	%D%/value_source_test.cc \
	navajo/base/test_main.cc
navajo_container_unit_tests_CPPFLAGS = $(unit_test_cppflags)
navajo_container_unit_tests_LDADD = $(unit_test_libs)
endif
