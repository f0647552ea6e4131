# make bench [SUITE="http1 memory"] [SERVERS="navajo nginx"] [QUICK=1] [BENCH_OUT=folder]
# measures the Navajo installed at $(prefix) beside its peers; tests/bench/README.md. `make check` only tests
# the driver itself (parsers, tables, chart), it measures nothing.
bench_programs = tests/bench/backend tests/bench/choosing tests/bench/floor tests/bench/holder tests/bench/loadgen \
	tests/bench/limiter tests/bench/minting tests/bench/mitm_load tests/bench/rules tests/bench/sessions \
	tests/bench/tcp_ends tests/bench/tunnels tests/bench/websockets
EXTRA_PROGRAMS += $(bench_programs)
# The helpers are always optimised and never sanitized: what they cost must not depend on how Navajo is built.
bench_cxxflags = $(NAVAJO_CXXFLAGS) -O2
bench_headers = %D%/helpers/awake.h %D%/helpers/loopback.h %D%/helpers/options.h
tests_bench_backend_SOURCES = %D%/helpers/backend.cc $(bench_headers)
tests_bench_backend_CXXFLAGS = $(bench_cxxflags)
tests_bench_backend_LDFLAGS =
tests_bench_floor_SOURCES = %D%/helpers/floor.cc %D%/helpers/response_reader.h $(bench_headers)
tests_bench_floor_CXXFLAGS = $(bench_cxxflags)
tests_bench_floor_LDFLAGS =
tests_bench_holder_SOURCES = %D%/helpers/holder.cc %D%/helpers/response_reader.h $(bench_headers)
tests_bench_holder_CXXFLAGS = $(bench_cxxflags)
tests_bench_holder_LDFLAGS =
tests_bench_loadgen_SOURCES = %D%/helpers/loadgen.cc %D%/helpers/cpu_clock.h %D%/helpers/response_reader.h \
	%D%/helpers/sample.h %D%/helpers/tls_client.h $(bench_headers)
tests_bench_loadgen_CXXFLAGS = $(bench_cxxflags)
tests_bench_loadgen_CPPFLAGS = $(AM_CPPFLAGS) $(OPENSSL_CFLAGS)
tests_bench_loadgen_LDFLAGS =
tests_bench_loadgen_LDADD = $(OPENSSL_LIBS)
tests_bench_mitm_load_SOURCES = %D%/helpers/mitm_load.cc %D%/helpers/cpu_clock.h %D%/helpers/response_reader.h \
	%D%/helpers/sample.h %D%/helpers/stepping_client.h $(bench_headers)
tests_bench_mitm_load_CPPFLAGS = $(AM_CPPFLAGS) $(OPENSSL_CFLAGS)
tests_bench_mitm_load_CXXFLAGS = $(bench_cxxflags)
tests_bench_mitm_load_LDFLAGS =
tests_bench_mitm_load_LDADD = $(OPENSSL_LIBS)
# The decisions measured are those of the library that is installed, as optimised as that.
tests_bench_choosing_SOURCES = %D%/helpers/choosing.cc
tests_bench_choosing_CXXFLAGS = $(bench_cxxflags)
tests_bench_choosing_LDADD = libnavajo.la -lpthread
tests_bench_limiter_SOURCES = %D%/helpers/limiter.cc
tests_bench_limiter_CXXFLAGS = $(bench_cxxflags)
tests_bench_limiter_LDADD = libnavajo.la -lpthread
# The same goes for its library.
tests_bench_minting_SOURCES = %D%/helpers/minting.cc
tests_bench_minting_CPPFLAGS = $(AM_CPPFLAGS) $(OPENSSL_CFLAGS)
tests_bench_minting_CXXFLAGS = $(bench_cxxflags)
tests_bench_minting_LDADD = libnavajo.la $(OPENSSL_LIBS) -lpthread
tests_bench_rules_SOURCES = %D%/helpers/rules.cc
tests_bench_rules_CXXFLAGS = $(bench_cxxflags)
tests_bench_rules_LDADD = libnavajo.la
# Its store is the one that is installed, as optimised as that.
tests_bench_sessions_SOURCES = %D%/helpers/sessions.cc %D%/helpers/options.h
tests_bench_sessions_CXXFLAGS = $(bench_cxxflags)
tests_bench_sessions_LDADD = libnavajo.la -lpthread
# So are its tunnels.
tests_bench_tunnels_SOURCES = %D%/helpers/tunnels.cc %D%/helpers/options.h
tests_bench_tunnels_CPPFLAGS = $(AM_CPPFLAGS) $(OPENSSL_CFLAGS)
tests_bench_tunnels_CXXFLAGS = $(bench_cxxflags)
tests_bench_tunnels_LDADD = libnavajo.la $(OPENSSL_LIBS) -lpthread

tests_bench_tcp_ends_SOURCES = %D%/helpers/tcp_ends.cc $(bench_headers)
tests_bench_tcp_ends_CXXFLAGS = $(bench_cxxflags)
tests_bench_tcp_ends_LDFLAGS =
tests_bench_websockets_SOURCES = %D%/helpers/websockets.cc $(bench_headers)
tests_bench_websockets_CPPFLAGS = $(AM_CPPFLAGS) $(OPENSSL_CFLAGS)
tests_bench_websockets_CXXFLAGS = $(bench_cxxflags)
tests_bench_websockets_LDFLAGS =
tests_bench_websockets_LDADD = $(OPENSSL_LIBS)

BENCH_OUT = _bench
bench_choice = $(if $(SUITE), SUITE='$(SUITE)')$(if $(SERVERS), SERVERS='$(SERVERS)')$(if $(QUICK), QUICK=$(QUICK))
bench: $(bench_programs)
	BENCH_COMMAND="make bench$(bench_choice)" PYTHONDONTWRITEBYTECODE=1 \
	$(PYTHON3) $(srcdir)/%D%/bench.py --programs tests/bench --prefix "$(prefix)" --out "$(BENCH_OUT)" \
	  $(if $(SUITE),--suite "$(SUITE)") $(if $(SERVERS),--servers "$(SERVERS)") $(if $(QUICK),--quick)

TESTS += %D%/selftest.sh
CLEANFILES += $(bench_programs)
EXTRA_DIST += docs/benchmarks.md %D%/README.md %D%/selftest.sh %D%/bench.py \
	%D%/benchlib/__init__.py %D%/benchlib/affinity.py %D%/benchlib/authority.py %D%/benchlib/bench_run.py \
	%D%/benchlib/chart.py \
	%D%/benchlib/child.py %D%/benchlib/goals.py %D%/benchlib/helper.py %D%/benchlib/lineup.py \
	%D%/benchlib/load.py %D%/benchlib/machine.py %D%/benchlib/micro.py %D%/benchlib/ports.py %D%/benchlib/procfs.py \
	%D%/benchlib/report.py %D%/benchlib/results.py %D%/benchlib/rule_set.py %D%/benchlib/server.py %D%/benchlib/table.py \
	%D%/benchlib/tls_load.py %D%/benchlib/tls_origin.py \
	%D%/benchlib/servers/__init__.py %D%/benchlib/servers/floor.py %D%/benchlib/servers/haproxy.py \
	%D%/benchlib/servers/httpd.py %D%/benchlib/servers/mitmproxy.py %D%/benchlib/servers/navajo.py \
	%D%/benchlib/servers/navajo_tls.py %D%/benchlib/servers/nginx.py %D%/benchlib/servers/squid.py \
	%D%/benchlib/servers/tcp.py \
	%D%/suites/__init__.py %D%/suites/accesslog.py %D%/suites/chain.py %D%/suites/concurrent.py %D%/suites/http1.py \
	%D%/suites/login.py %D%/suites/memory.py %D%/suites/mitm.py %D%/suites/routing.py %D%/suites/rules.py \
	%D%/suites/sessions.py %D%/suites/tcp.py %D%/suites/tls.py %D%/suites/tunnels.py \
	%D%/test_chart.py %D%/test_child.py %D%/test_load.py %D%/test_report.py %D%/test_results.py %D%/test_rules.py \
	%D%/test_table.py %D%/test_tls_load.py
