libnavajo_la_SOURCES += \
	%D%/connector_reader.cc \
	%D%/command_output.cc \
	%D%/command_output.h \
	%D%/diagnostics.cc \
	%D%/diagnostics.h \
	%D%/edge_elements.h \
	%D%/element_reader.cc \
	%D%/element_reader.h \
	%D%/engine_reader.cc \
	%D%/environment_file.cc \
	%D%/environment_file.h \
	%D%/error_text.cc \
	%D%/error_text.h \
	%D%/event_log_reader.cc \
	%D%/file_text.cc \
	%D%/first_fault.cc \
	%D%/first_fault.h \
	%D%/file_text.h \
	%D%/forward_proxy_reader.cc \
	%D%/httpd_directives.cc \
	%D%/httpd_directives.h \
	%D%/limits_reader.cc \
	%D%/memory_observer_reader.cc \
	%D%/request_history_reader.cc \
	%D%/method_list.cc \
	%D%/method_list.h \
	%D%/navajo_xml.cc \
	%D%/navajo_xml.h \
	%D%/navajo_xml_reading.h \
	%D%/navajo_xml_schema.cc \
	%D%/old_settings.cc \
	%D%/open_telemetry_reader.cc \
	%D%/old_settings.h \
	%D%/params.cc \
	%D%/params.h \
	%D%/pattern.cc \
	%D%/pattern.h \
	%D%/profiles.cc \
	%D%/profiles.h \
	%D%/property_file.cc \
	%D%/property_file.h \
	%D%/property_table.cc \
	%D%/property_table.h \
	%D%/regex.cc \
	%D%/regex.h \
	%D%/regex_jit.cc \
	%D%/regex_jit.h \
	%D%/routing_reader.cc \
	%D%/rules_reader.cc \
	%D%/schema.cc \
	%D%/schema.h \
	%D%/schema_text.cc \
	%D%/service_settings_reader.cc \
	%D%/tcp_connector_reader.cc \
	%D%/text.cc \
	%D%/text.h \
	%D%/time_zone.cc \
	%D%/time_zone.h \
	%D%/trace_settings.cc \
	%D%/trace_settings.h \
	%D%/variables.cc \
	%D%/variables.h \
	%D%/watched_files.cc \
	%D%/watched_files.h \
	%D%/web_xml.cc \
	%D%/web_xml.h \
	%D%/xsd.cc \
	%D%/xsd.h \
	%D%/word_lists.cc \
	%D%/word_lists.h \
	%D%/xml_document.cc \
	%D%/xml_document.h \
	%D%/xml_positions.cc \
	%D%/xml_positions.h

# The shipped profiles as one raw string.
navajo/config/shipped_profiles.inc: $(top_srcdir)/conf/profiles.properties
	@mkdir -p $(@D)
	$(AM_V_GEN){ printf 'R"profiles('; cat $(top_srcdir)/conf/profiles.properties; printf ')profiles"\n'; } >$@.new && \
	  mv $@.new $@
# By the variable: automake would take a rule for the object itself for a replacement of its own.
$(libnavajo_la_OBJECTS): | navajo/config/shipped_profiles.inc
CLEANFILES += navajo/config/shipped_profiles.inc

if TESTS_ENABLED
check_PROGRAMS += navajo/config/unit_tests
TESTS += navajo/config/unit_tests
navajo_config_unit_tests_SOURCES = \
	%D%/command_output_test.cc \
	%D%/diagnostics_test.cc \
	%D%/environment_file_test.cc \
	%D%/event_log_reader_test.cc \
	%D%/file_text_test.cc \
	%D%/first_fault_test.cc \
	%D%/forward_proxy_reader_test.cc \
	%D%/httpd_directives_test.cc \
	%D%/limits_reader_test.cc \
	%D%/method_list_test.cc \
	%D%/navajo_xml_elements_test.cc \
	%D%/navajo_xml_test.cc \
	%D%/open_telemetry_reader_test.cc \
	%D%/params_test.cc \
	%D%/pattern_test.cc \
	%D%/property_file_test.cc \
	%D%/property_table_test.cc \
	%D%/regex_test.cc \
	%D%/rules_reader_test.cc \
	%D%/schema_test.cc \
	%D%/temporary_folder.h \
	%D%/trace_settings_test.cc \
	%D%/watched_files_test.cc \
	%D%/web_xml_test.cc \
	%D%/xml_document_test.cc \
	navajo/base/test_main.cc
navajo_config_unit_tests_CPPFLAGS = $(unit_test_cppflags)
navajo_config_unit_tests_LDADD = $(unit_test_libs)
endif
