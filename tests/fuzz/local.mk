# Fuzz targets. `make check` replays the corpus with the normal compiler; `make fuzz` runs libFuzzer on each target for
# FUZZ_SECONDS (needs clang++) and leaves what it found in _fuzz/.
fuzz_targets = chunked_body request_target response_head stream_replacer
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

check_PROGRAMS += tests/fuzz/replay_chunked_body tests/fuzz/replay_request_target tests/fuzz/replay_response_head \
	tests/fuzz/replay_stream_replacer
TESTS += tests/fuzz/replay_chunked_body tests/fuzz/replay_request_target tests/fuzz/replay_response_head \
	tests/fuzz/replay_stream_replacer
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
EXTRA_DIST += %D%/corpus

.PHONY: fuzz
fuzz:
	@$(FUZZ_CXX) --version >/dev/null 2>&1 || { echo "make fuzz needs clang++ with libFuzzer: set FUZZ_CXX" >&2; exit 1; }
	@for target in $(fuzz_targets); do \
	  mkdir -p _fuzz/$$target && \
	  echo "fuzz: $$target, $(FUZZ_SECONDS) s" && \
	  (cd $(top_srcdir) && $(FUZZ_CXX) -std=c++20 -g -O1 -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all \
	    -I. tests/fuzz/$${target}_fuzz.cc $(fuzz_library) -o $(abs_top_builddir)/_fuzz/$${target}_fuzz) && \
	  _fuzz/$${target}_fuzz -max_total_time=$(FUZZ_SECONDS) -max_len=2048 -print_final_stats=1 \
	    -artifact_prefix=_fuzz/$$target- _fuzz/$$target $(top_srcdir)/tests/fuzz/corpus/$$target || exit 1; \
	done
