libnavajo_la_SOURCES += \
	%D%/address_ranges.cc \
	%D%/address_ranges.h \
	%D%/accept.cc \
	%D%/accept.h \
	%D%/body_framing.cc \
	%D%/body_framing.h \
	%D%/chunked_decoder.cc \
	%D%/chunked_decoder.h \
	%D%/cookies.cc \
	%D%/cookies.h \
	%D%/delegated_fields.cc \
	%D%/delegated_fields.h \
	%D%/field_kind.cc \
	%D%/field_kind.h \
	%D%/form.cc \
	%D%/form.h \
	%D%/head_writer.cc \
	%D%/head_writer.h \
	%D%/headers.cc \
	%D%/headers.h \
	%D%/hidden_fields.h \
	%D%/hop_by_hop.cc \
	%D%/hop_by_hop.h \
	%D%/parameter_walker.cc \
	%D%/parameter_walker.h \
	%D%/parameters.cc \
	%D%/parameters.h \
	%D%/proxy_chain.cc \
	%D%/proxy_chain.h \
	%D%/replaced_field.h \
	%D%/request_target.cc \
	%D%/request_target.h \
	%D%/response_head.cc \
	%D%/response_head.h \
	%D%/set_cookie.cc \
	%D%/set_cookie.h \
	%D%/soap_fault.cc \
	%D%/soap_fault.h \
	%D%/stream_replacer.cc \
	%D%/stream_replacer.h \
	%D%/syntax.cc \
	%D%/syntax.h \
	%D%/trace_context.cc \
	%D%/trace_context.h \
	%D%/trailers.cc \
	%D%/trailers.h \
	%D%/websocket_frames.cc \
	%D%/websocket_frames.h

if TESTS_ENABLED
check_PROGRAMS += navajo/http/unit_tests
TESTS += navajo/http/unit_tests
navajo_http_unit_tests_SOURCES = \
	%D%/accept_test.cc \
	%D%/address_ranges_test.cc \
	%D%/body_framing_test.cc \
	%D%/chunked_decoder_test.cc \
	%D%/cookies_test.cc \
	%D%/delegated_fields_test.cc \
	%D%/field_kind_test.cc \
	%D%/form_test.cc \
	%D%/head_writer_test.cc \
	%D%/hop_by_hop_test.cc \
	%D%/parameter_walker_test.cc \
	%D%/parameters_test.cc \
	%D%/proxy_chain_test.cc \
	%D%/replaced_field_test.cc \
	%D%/request_target_test.cc \
	%D%/response_head_test.cc \
	%D%/set_cookie_test.cc \
	%D%/soap_fault_test.cc \
	%D%/stream_replacer_test.cc \
	%D%/syntax_test.cc \
	%D%/trace_context_test.cc \
	%D%/trailers_test.cc \
	%D%/websocket_frames_test.cc \
	navajo/base/test_main.cc
navajo_http_unit_tests_CPPFLAGS = $(unit_test_cppflags)
navajo_http_unit_tests_LDADD = $(unit_test_libs)
endif
