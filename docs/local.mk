dist_man8_MANS = %D%/man/navajo.8
dist_doc_DATA = README.md
EXTRA_DIST += \
	%D%/admin-api.md \
	%D%/admin-console.md \
	%D%/admin-socket.md \
	%D%/benchmarks.md \
	%D%/benchmarks.svg \
	%D%/changes/0002-foundation.md \
	%D%/changes/0003-configuration-container-connector.md \
	%D%/changes/0004-sessions-and-identity.md \
	%D%/changes/0005-tls-forward-proxy-minting.md \
	%D%/changes/0006-rules-and-limits.md \
	%D%/changes/0007-edge-routing.md \
	%D%/changes/part-A.md \
	%D%/decisions/0001-fibers-on-a-reactor.md \
	%D%/decisions/0002-boost-context.md \
	%D%/decisions/0003-c-ares.md \
	%D%/decisions/0004-jemalloc-by-preload.md \
	%D%/decisions/0005-own-connection-object.md \
	%D%/decisions/0006-faults-never-end-a-server.md \
	%D%/decisions/0007-password-hashes.md \
	%D%/decisions/0008-logins.md \
	%D%/decisions/0009-tls-on-the-reactor.md \
	%D%/decisions/0010-minting.md \
	%D%/decisions/0011-tunnels.md \
	%D%/decisions/0012-forward-proxy.md \
	%D%/decisions/0013-rules.md \
	%D%/decisions/0014-rule-store.md \
	%D%/decisions/0015-rates-and-credits.md \
	%D%/decisions/0016-memory.md \
	%D%/decisions/0017-event-log.md \
	%D%/decisions/0018-routing-table.md \
	%D%/decisions/0019-choice.md \
	%D%/decisions/0020-upgrades.md \
	%D%/decisions/0022-admin-console.md \
	%D%/edgeproxy-and-fly.md \
	%D%/reactor.md \
	%D%/reference/configuration.md \
	%D%/reference/event-log.md \
	%D%/reference/log-ids.md \
	%D%/reference/routing.md \
	%D%/reference/rules.md \
	%D%/request-path.md \
	%D%/wireguard-backhaul.md
