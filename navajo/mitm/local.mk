libnavajo_la_SOURCES += \
	%D%/certificate_cache.cc \
	%D%/certificate_cache.h \
	%D%/certificate_parts.cc \
	%D%/certificate_parts.h \
	%D%/certificate_store.cc \
	%D%/certificate_store.h \
	%D%/checksum.h \
	%D%/host_name.cc \
	%D%/host_name.h \
	%D%/interceptor.cc \
	%D%/interceptor.h \
	%D%/issuer.cc \
	%D%/issuer.h \
	%D%/key_type.cc \
	%D%/key_type.h \
	%D%/leaf.cc \
	%D%/leaf.h \
	%D%/leaf_keys.cc \
	%D%/leaf_keys.h \
	%D%/make_ca.cc \
	%D%/make_ca.h \
	%D%/mint_limiter.cc \
	%D%/mint_limiter.h \
	%D%/mint_options.h \
	%D%/minting.cc \
	%D%/ticket_keys.cc \
	%D%/ticket_keys.h

if TESTS_ENABLED
check_PROGRAMS += navajo/mitm/unit_tests
TESTS += navajo/mitm/unit_tests
navajo_mitm_unit_tests_SOURCES = \
	%D%/certificate_cache_test.cc \
	%D%/certificate_store_test.cc \
	%D%/handshake_test.cc \
	%D%/host_name_test.cc \
	%D%/interceptor_test.cc \
	%D%/issuer_test.cc \
	%D%/leaf_keys_test.cc \
	%D%/leaf_test.cc \
	%D%/make_ca_test.cc \
	%D%/mint_limiter_test.cc \
	%D%/mitm_fixture.h \
	%D%/ticket_keys_test.cc \
	navajo/base/test_main.cc
navajo_mitm_unit_tests_CPPFLAGS = $(unit_test_cppflags)
navajo_mitm_unit_tests_LDADD = $(unit_test_libs)
endif
