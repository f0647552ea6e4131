# Fuzz targets. `make check` replays the corpus with the normal compiler; `make fuzz` runs libFuzzer on each target for
# FUZZ_SECONDS (needs clang++) and leaves what it found in _fuzz/.
fuzz_targets = admin_request chunked_body client_hello condition_lines event_record expression host_name \
	json_scan multipart_scan parameters request_target response_head rule_image rules_xml set_cookie \
	stream_replacer xml_scan
# Beyond the library's: what one target needs besides.
fuzz_sources_condition_lines = \
	navajo/config/diagnostics.cc \
	navajo/config/params.cc \
	navajo/config/pattern.cc \
	navajo/config/regex.cc \
	navajo/config/regex_jit.cc \
	navajo/config/text.cc \
	navajo/container/conditional_lines.cc \
	navajo/container/variable.cc \
	navajo/http/form.cc \
	navajo/http/parameters.cc \
	navajo/observe/cause_counts.cc \
	navajo/observe/log.cc \
	navajo/observe/log_format.cc \
	navajo/observe/process_identity.cc \
	navajo/observe/status_segment.cc \
	navajo/observe/trace.cc \
	-lpcre2-8
fuzz_sources_client_hello = navajo/tls/client_hello.cc
fuzz_sources_event_record = \
	navajo/config/regex.cc \
	navajo/config/regex_jit.cc \
	navajo/config/text.cc \
	navajo/observe/cause_counts.cc \
	navajo/observe/json_writer.cc \
	navajo/observe/log.cc \
	navajo/observe/log_format.cc \
	navajo/observe/process_identity.cc \
	navajo/observe/status_segment.cc \
	navajo/observe/trace.cc \
	navajo/rules/event_record.cc \
	navajo/rules/redaction.cc \
	-lpcre2-8
fuzz_sources_admin_request = navajo/admin/line.cc navajo/admin/request.cc
fuzz_sources_host_name = navajo/mitm/host_name.cc
fuzz_sources_parameters = navajo/http/form.cc navajo/http/parameters.cc
fuzz_sources_set_cookie = navajo/http/cookies.cc navajo/http/set_cookie.cc
fuzz_sources_rules_language = \
	navajo/config/diagnostics.cc \
	navajo/config/file_text.cc \
	navajo/config/params.cc \
	navajo/config/pattern.cc \
	navajo/config/regex.cc \
	navajo/config/regex_jit.cc \
	navajo/config/text.cc \
	navajo/config/time_zone.cc \
	navajo/observe/cause_counts.cc \
	navajo/observe/log.cc \
	navajo/observe/log_format.cc \
	navajo/observe/process_identity.cc \
	navajo/observe/status_segment.cc \
	navajo/observe/trace.cc \
	navajo/rules/condition.cc \
	navajo/rules/expression.cc \
	navajo/rules/matcher_text.cc \
	navajo/rules/time_window.cc \
	-lpcre2-8
fuzz_sources_rules_xml = \
	navajo/config/schema.cc \
	navajo/config/schema_text.cc \
	navajo/config/xml_document.cc \
	navajo/config/xml_positions.cc \
	navajo/rules/action_reader.cc \
	navajo/rules/condition_reader.cc \
	navajo/rules/fact_text.cc \
	navajo/rules/implication.cc \
	navajo/rules/lint.cc \
	navajo/rules/list_reader.cc \
	navajo/rules/pattern_cost.cc \
	navajo/rules/rules_document.cc \
	navajo/rules/rules_element.cc \
	navajo/rules/rules_xml.cc \
	navajo/rules/template.cc \
	navajo/rules/vocabulary.cc \
	$(fuzz_sources_rules_language) $(XML_CFLAGS) $(XML_LIBS)
fuzz_sources_rule_image = \
	navajo/base/random.cc \
	navajo/config/diagnostics.cc \
	navajo/config/file_text.cc \
	navajo/config/pattern.cc \
	navajo/config/regex.cc \
	navajo/config/regex_jit.cc \
	navajo/config/text.cc \
	navajo/config/time_zone.cc \
	navajo/observe/cause_counts.cc \
	navajo/observe/log.cc \
	navajo/observe/log_format.cc \
	navajo/observe/process_identity.cc \
	navajo/observe/status_segment.cc \
	navajo/observe/trace.cc \
	navajo/rules/action_image.cc \
	navajo/rules/anchors.cc \
	navajo/rules/candidates.cc \
	navajo/rules/compile.cc \
	navajo/rules/evaluate.cc \
	navajo/rules/glob.cc \
	navajo/rules/image.cc \
	navajo/rules/image_writer.cc \
	navajo/rules/index_writer.cc \
	navajo/rules/judge.cc \
	navajo/rules/list_image.cc \
	navajo/rules/needs.cc \
	navajo/rules/plan.cc \
	navajo/rules/program.cc \
	navajo/rules/required_text.cc \
	navajo/rules/time_window.cc \
	-lpcre2-8
fuzz_sources_json_scan = navajo/limits/json_scan.cc
fuzz_sources_multipart_scan = navajo/http/parameter_walker.cc navajo/limits/multipart_scan.cc
fuzz_sources_xml_scan = navajo/limits/xml_scan.cc navajo/limits/xml_scan_text.cc $(XML_CFLAGS) $(XML_LIBS)
fuzz_library = \
	navajo/http/body_framing.cc \
	navajo/http/chunked_decoder.cc \
	navajo/http/field_kind.cc \
	navajo/http/headers.cc \
	navajo/http/request_target.cc \
	navajo/http/response_head.cc \
	navajo/http/stream_replacer.cc \
	navajo/http/syntax.cc
FUZZ_CXX = clang++
FUZZ_SECONDS = 60

check_PROGRAMS += tests/fuzz/parse_responses
check_PROGRAMS += tests/fuzz/replay_chunked_body tests/fuzz/replay_request_target tests/fuzz/replay_response_head \
	tests/fuzz/replay_stream_replacer tests/fuzz/replay_condition_lines tests/fuzz/replay_parameters \
	tests/fuzz/replay_admin_request tests/fuzz/replay_set_cookie tests/fuzz/replay_client_hello \
	tests/fuzz/replay_host_name tests/fuzz/replay_event_record \
	tests/fuzz/replay_expression tests/fuzz/replay_rules_xml tests/fuzz/replay_rule_image \
	tests/fuzz/replay_json_scan tests/fuzz/replay_multipart_scan tests/fuzz/replay_xml_scan
TESTS += tests/fuzz/replay_chunked_body tests/fuzz/replay_request_target tests/fuzz/replay_response_head \
	tests/fuzz/replay_stream_replacer tests/fuzz/replay_condition_lines tests/fuzz/replay_parameters \
	tests/fuzz/replay_admin_request tests/fuzz/replay_set_cookie tests/fuzz/replay_client_hello \
	tests/fuzz/replay_host_name tests/fuzz/replay_event_record \
	tests/fuzz/replay_expression tests/fuzz/replay_rules_xml tests/fuzz/replay_rule_image \
	tests/fuzz/replay_json_scan tests/fuzz/replay_multipart_scan tests/fuzz/replay_xml_scan
tests_fuzz_replay_admin_request_SOURCES = %D%/admin_request_fuzz.cc %D%/replay.cc %D%/require.h
tests_fuzz_replay_admin_request_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_TARGET='"admin_request"'
tests_fuzz_replay_admin_request_LDADD = libnavajo.la
tests_fuzz_replay_client_hello_SOURCES = %D%/client_hello_fuzz.cc %D%/replay.cc %D%/require.h
tests_fuzz_replay_client_hello_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_TARGET='"client_hello"'
tests_fuzz_replay_client_hello_LDADD = libnavajo.la
tests_fuzz_replay_condition_lines_SOURCES = %D%/condition_lines_fuzz.cc %D%/replay.cc %D%/require.h
tests_fuzz_replay_condition_lines_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_TARGET='"condition_lines"'
tests_fuzz_replay_condition_lines_LDADD = libnavajo.la
tests_fuzz_replay_event_record_SOURCES = %D%/event_record_fuzz.cc %D%/replay.cc %D%/require.h
tests_fuzz_replay_event_record_CPPFLAGS = $(AM_CPPFLAGS) $(PCRE2_CFLAGS) -DFUZZ_TARGET='"event_record"'
tests_fuzz_replay_event_record_LDADD = libnavajo.la
tests_fuzz_replay_expression_SOURCES = %D%/expression_fuzz.cc %D%/replay.cc %D%/require.h
tests_fuzz_replay_expression_CPPFLAGS = $(AM_CPPFLAGS) $(XML_CFLAGS) $(PCRE2_CFLAGS) -DFUZZ_TARGET='"expression"'
tests_fuzz_replay_expression_LDADD = libnavajo.la
tests_fuzz_replay_rules_xml_SOURCES = %D%/rules_xml_fuzz.cc %D%/replay.cc %D%/require.h
tests_fuzz_replay_rules_xml_CPPFLAGS = $(AM_CPPFLAGS) $(XML_CFLAGS) $(PCRE2_CFLAGS) -DFUZZ_TARGET='"rules_xml"'
tests_fuzz_replay_rules_xml_LDADD = libnavajo.la
tests_fuzz_replay_rule_image_SOURCES = %D%/rule_image_fuzz.cc %D%/replay.cc %D%/require.h
tests_fuzz_replay_rule_image_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_TARGET='"rule_image"'
tests_fuzz_replay_rule_image_LDADD = libnavajo.la
tests_fuzz_replay_json_scan_SOURCES = %D%/json_scan_fuzz.cc %D%/replay.cc %D%/require.h
tests_fuzz_replay_json_scan_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_TARGET='"json_scan"'
tests_fuzz_replay_json_scan_LDADD = libnavajo.la
tests_fuzz_replay_multipart_scan_SOURCES = %D%/multipart_scan_fuzz.cc %D%/replay.cc %D%/require.h
tests_fuzz_replay_multipart_scan_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_TARGET='"multipart_scan"'
tests_fuzz_replay_multipart_scan_LDADD = libnavajo.la
tests_fuzz_replay_xml_scan_SOURCES = %D%/xml_scan_fuzz.cc %D%/replay.cc %D%/require.h
tests_fuzz_replay_xml_scan_CPPFLAGS = $(AM_CPPFLAGS) $(XML_CFLAGS) -DFUZZ_TARGET='"xml_scan"'
tests_fuzz_replay_xml_scan_LDADD = libnavajo.la $(XML_LIBS)
tests_fuzz_replay_host_name_SOURCES = %D%/host_name_fuzz.cc %D%/replay.cc %D%/require.h
tests_fuzz_replay_host_name_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_TARGET='"host_name"'
tests_fuzz_replay_host_name_LDADD = libnavajo.la
tests_fuzz_replay_parameters_SOURCES = %D%/parameters_fuzz.cc %D%/replay.cc %D%/require.h
tests_fuzz_replay_parameters_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_TARGET='"parameters"'
tests_fuzz_replay_parameters_LDADD = libnavajo.la
tests_fuzz_replay_chunked_body_SOURCES = %D%/chunked_body_fuzz.cc %D%/replay.cc %D%/require.h
tests_fuzz_replay_chunked_body_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_TARGET='"chunked_body"'
tests_fuzz_replay_chunked_body_LDADD = libnavajo.la
tests_fuzz_replay_request_target_SOURCES = %D%/request_target_fuzz.cc %D%/replay.cc %D%/require.h
tests_fuzz_replay_request_target_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_TARGET='"request_target"'
tests_fuzz_replay_request_target_LDADD = libnavajo.la
tests_fuzz_replay_response_head_SOURCES = %D%/response_head_fuzz.cc %D%/replay.cc %D%/require.h
tests_fuzz_replay_response_head_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_TARGET='"response_head"'
tests_fuzz_replay_response_head_LDADD = libnavajo.la
tests_fuzz_replay_stream_replacer_SOURCES = %D%/stream_replacer_fuzz.cc %D%/replay.cc %D%/require.h
tests_fuzz_replay_stream_replacer_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_TARGET='"stream_replacer"'
tests_fuzz_replay_stream_replacer_LDADD = libnavajo.la
tests_fuzz_replay_set_cookie_SOURCES = %D%/set_cookie_fuzz.cc %D%/replay.cc %D%/require.h
tests_fuzz_replay_set_cookie_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_TARGET='"set_cookie"'
tests_fuzz_replay_set_cookie_LDADD = libnavajo.la
tests_fuzz_parse_responses_SOURCES = %D%/parse_responses.cc
tests_fuzz_parse_responses_CPPFLAGS = $(AM_CPPFLAGS)
tests_fuzz_parse_responses_LDADD = libnavajo.la
# The response parser against an independent one, on the same generated bytes (skipped without python3-h11).
TESTS += %D%/compare_with_h11.py
EXTRA_DIST += %D%/compare_with_h11.py
# The scanner of JSON against Python's parser.
check_PROGRAMS += tests/fuzz/scan_json
tests_fuzz_scan_json_SOURCES = %D%/scan_json.cc
tests_fuzz_scan_json_CPPFLAGS = $(AM_CPPFLAGS)
tests_fuzz_scan_json_LDADD = libnavajo.la
TESTS += %D%/compare_with_json.py
EXTRA_DIST += %D%/compare_with_json.py
EXTRA_DIST += %D%/corpus

.PHONY: fuzz
fuzz:
	@$(FUZZ_CXX) --version >/dev/null 2>&1 || { echo "make fuzz needs clang++ with libFuzzer: set FUZZ_CXX" >&2; exit 1; }
	@for target in $(fuzz_targets); do \
	  case $$target in \
	    admin_request) more='$(fuzz_sources_admin_request)' ;; \
	    client_hello) more='$(fuzz_sources_client_hello)' ;; \
	    condition_lines) more='$(fuzz_sources_condition_lines)' ;; \
	    event_record) more='$(fuzz_sources_event_record)' ;; \
	    expression) more='$(fuzz_sources_rules_language)' ;; \
	    rules_xml) more='$(fuzz_sources_rules_xml)' ;; \
	    rule_image) more='$(fuzz_sources_rule_image)' ;; \
	    json_scan) more='$(fuzz_sources_json_scan)' ;; \
	    multipart_scan) more='$(fuzz_sources_multipart_scan)' ;; \
	    xml_scan) more='$(fuzz_sources_xml_scan)' ;; \
	    host_name) more='$(fuzz_sources_host_name)' ;; \
	    parameters) more='$(fuzz_sources_parameters)' ;; \
	    set_cookie) more='$(fuzz_sources_set_cookie)' ;; \
	    *) more= ;; \
	  esac; \
	  mkdir -p _fuzz/$$target && \
	  echo "fuzz: $$target, $(FUZZ_SECONDS) s" && \
	  (cd $(top_srcdir) && $(FUZZ_CXX) -std=c++20 -g -O1 -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all \
	    -I. -I$(abs_top_builddir) tests/fuzz/$${target}_fuzz.cc $(fuzz_library) $$more \
	    -o $(abs_top_builddir)/_fuzz/$${target}_fuzz) && \
	  _fuzz/$${target}_fuzz -max_total_time=$(FUZZ_SECONDS) -max_len=2048 -print_final_stats=1 \
	    -artifact_prefix=_fuzz/$$target- _fuzz/$$target $(top_srcdir)/tests/fuzz/corpus/$$target || exit 1; \
	done
