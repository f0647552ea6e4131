// The table of navajo.xml.
#include "navajo/config/edge_elements.h"

namespace navajo::config {
namespace {

using enum ParamType;
using enum Occurs;
constexpr auto kFault = UnknownAttributes::fault;
constexpr auto kDirective = UnknownAttributes::directive;
constexpr auto kSkip = UnknownAttributes::skip;

// In elements whose other attributes are httpd directives, ours start with a small letter and httpd's with a capital;
// a row of httpd's is here for its default and its meaning.

constexpr ParamSpec kNavajo[] = {
    {.name = "compat", .type = choice, .default_value = "strict", .choices = "strict,lenient",
     .doc = "lenient: elements, attributes, classes and init-params that Navajo does not know are reported as notices "
            "and skipped, for files written for another product. strict: they are faults."},
    {.name = "properties", .default_value = "bc.properties",
     .doc = "File of the properties, relative to the folder of navajo.xml; log.properties beside it is read as well. "
            "Only when it is named here it has to exist."},
};

constexpr ParamSpec kService[] = {
    {.name = "name", .default_value = "navajo", .doc = "Name of this instance in logs and on the status page."},
    {.name = "spoolDir",
     .doc = "Folder of the instance. With it, ErrorLog is logs/apache.log and CustomLog is logs/access.log below it "
            "unless Server says otherwise. Relative to the folder of navajo.xml."},
    {.name = "commandLine",
     .doc = "More arguments for httpd, given to it by 'navajo run': -X, -D NAME, -e LEVEL, -C and -c with a directive. "
            "NAVAJOgroup=NAME among them is no argument of httpd's: the first process takes that group."},
    {.name = "serverTemplate",
     .doc = "A file of httpd directives for the main server, read before the attributes of Server. In it and in values "
            "of navajo.xml @PKG_HOME@, @PKG_VAR@, @PKG_INSTANCE@ and @HTTPD_LIB_VERSION@ (also as ${NAME}) are "
            "replaced, in it also ${SERVICE_NAME} and ${SPOOL_DIR}. A server2.template that does not exist is another "
            "product's default and skipped with a notice."},
    {.name = "hostTemplate",
     .doc = "The same for every Connector's virtual host, read before the Connector's own attributes, with "
            "${CONNECTOR_NAME}, ${CONNECTOR_PORT} and ${CONNECTOR_ADDRESS}. The default of another product that may "
            "not exist is host2.template."},
    {.name = "crashRecoveryStrategy", .type = choice, .default_value = "recover", .choices = "recover,block,kill",
     .doc = "What a child process that dies in the middle (by a signal, an abort) means for the rest. recover: another "
            "one is started. block: if it had requests in work, every request is answered 503 until it is lifted "
            "('navajo help reload'), or a stop and a start. kill: the server ends then, with exit code 70, or blocks "
            "where it cannot."},
    {.name = "adminSocket", .type = boolean, .default_value = "on",
     .doc = "A local socket, admin.sock in the run directory, through which 'navajo session' lists and ends sessions. "
            "Whoever may write to it may do that: the user who started the server, and root."},
    {.name = "adminGroup",
     .doc = "A group, by name or number, whose members may use the admin socket as well. They need to reach the run "
            "directory, too."},
};

constexpr ParamSpec kCore[] = {
    {.name = "memorySize", .type = bytes, .default_value = "10000000", .minimum = 65536, .maximum = 17179869184,
     .doc = "Memory the configuration shares among all child processes, such as the state of backends. Taken as it is "
            "needed; a configuration that needs more is refused, and the fault names what did not fit."},
};

constexpr ParamSpec kTimer[] = {
    {.name = "periodicity", .type = seconds, .default_value = "60", .minimum = 1, .maximum = 86400,
     .doc = "How often the use of the configuration's memory is looked at and logged (trace group NavajoResource). "
            "httpd's parent looks every ten seconds at most."},
};

constexpr ParamSpec kSslCache[] = {
    {.name = "maxEntries", .type = integer, .default_value = "1000", .minimum = 1, .maximum = 1000000,
     .doc = "TLS sessions that are kept."},
    {.name = "maxEntrySize", .type = bytes, .default_value = "1536", .minimum = 256, .maximum = 65536,
     .doc = "Bytes of one: 1536 is enough, 8000 where client certificates are kept."},
};

constexpr ParamSpec kCustomLogs[] = {
    {.name = "CustomLog", .required = true,
     .doc = "File or |program, format and condition: \"logs/slow.log navajo env=slow\"."},
    {.name = "LogFormat", .doc = "A format for it: what is logged, and a name."},
};

constexpr ParamSpec kLimits[] = {
    {.name = "memory", .type = bytes, .default_value = "16M", .minimum = 65536, .maximum = 17179869184,
     .doc = "Shared memory for the counts of rates, 46 bytes a key; credits have a quarter of it besides, 119 bytes a "
            "key. Taken when the first key comes. Another value counts when the server is stopped and started."},
    {.name = "cleanupInterval", .type = milliseconds, .default_value = "60s", .minimum = 1000, .maximum = 86400000,
     .doc = "How often keys are dropped that have not been seen for two windows (credits: for 48 hours after the end "
            "of their window)."},
    {.name = "creditsFile",
     .doc = "File that keeps credits when the server is stopped, relative to the folder of navajo.xml. Made and opened "
            "by the process that starts the server. Unset, credits end with the server."},
    {.name = "saveInterval", .type = milliseconds, .default_value = "1s", .minimum = 100, .maximum = 3600000,
     .doc = "How often credits that have changed are saved: what a power cut can cost."},
    {.name = "maxSleepers", .type = integer, .default_value = "1000", .minimum = 1, .maximum = 1000000,
     .doc = "Requests of one child process that wait because they are above a soft limit; more of them are refused."},
    {.name = "fields", .type = choice, .default_value = "draft", .choices = "off,draft,both",
     .doc = "What clients are told of their limits. draft: RateLimit and RateLimit-Policy "
            "(draft-ietf-httpapi-ratelimit-headers). both: X-RateLimit-* and X-Credit-* as well. A refused one gets "
            "Retry-After in any case."},
};

constexpr ParamSpec kOpenTelemetry[] = {
    {.name = "exporter",
     .doc = "The collector that is sent to by OTLP/HTTP: \"collector:4318\", or with http:// or https:// and perhaps a "
            "path; /v1/traces and /v1/metrics are added. Unset: nothing is sent, traces are only passed on."},
    {.name = "traces", .type = boolean, .default_value = "on",
     .doc = "Spans are sent: one for each sampled request, and one for each call of a backend it makes."},
    {.name = "metrics", .type = boolean, .default_value = "on",
     .doc = "All metrics of the server are sent, by one of its children."},
    {.name = "metricsInterval", .type = milliseconds, .default_value = "60s", .minimum = 100, .maximum = 86400000,
     .doc = "How often."},
    {.name = "samplingRatio", .default_value = "1",
     .doc = "How many of the traces that begin here are recorded, 0 to 1: 0.01 is one of a hundred. A trace that a "
            "client has begun is recorded when the client records it."},
    {.name = "extract", .type = boolean, .default_value = "on",
     .doc = "A client's traceparent is gone on with. off: each request begins a trace of its own, so that no stranger "
            "decides what is recorded."},
    {.name = "inject", .type = boolean, .default_value = "on",
     .doc = "Backends get a traceparent with the id of their call. off: they get what the client sent."},
    {.name = "serviceName", .doc = "Attribute service.name. Unset: the name of Service."},
    {.name = "environment", .doc = "Attribute deployment.environment.name, such as production."},
    {.name = "headersFile",
     .doc = "A file with fields for the collector, \"Authorization: Bearer ...\", one on each line, relative to the "
            "folder of navajo.xml. Read when the server starts or reloads."},
    {.name = "caCertificate",
     .doc = "A PEM file with those who vouch for the collector's certificate, relative to the folder of navajo.xml; "
            "the child processes read it. Unset: those the system trusts."},
    {.name = "timeout", .type = milliseconds, .default_value = "10s", .minimum = 100, .maximum = 300000,
     .doc = "The longest a delivery may take."},
    {.name = "queue", .type = integer, .default_value = "4096", .minimum = 16, .maximum = 1000000,
     .doc = "Spans one child keeps that are not sent yet. What finds no room is dropped and counted: no request "
            "waits."},
    {.name = "batch", .type = integer, .default_value = "512", .minimum = 1, .maximum = 10000,
     .doc = "Spans of one delivery at most; so many leave at once."},
    {.name = "batchDelay", .type = milliseconds, .default_value = "1s", .minimum = 10, .maximum = 60000,
     .doc = "Fewer spans leave after this time."},
};

constexpr ParamSpec kReactor[] = {
    {.name = "enabled", .type = boolean, .default_value = "on",
     .doc = "off: connections stay on the threads of httpd's MPM, as they always do under prefork."},
    {.name = "threads", .type = integer, .default_value = "auto", .minimum = 1, .maximum = 64, .choices = "auto",
     .doc = "Event loops in each child process. auto: as many as there are processors."},
    {.name = "maxConnections", .type = integer, .default_value = "20000", .minimum = 1, .maximum = 1000000,
     .doc = "Client connections one child holds; beyond it the child accepts no more until one is closed."},
    {.name = "stack", .type = bytes, .default_value = "128K", .minimum = 65536, .maximum = 8388608,
     .doc = "Stack of a running request. Pages never touched cost nothing. Modules that run scripts need 256K."},
    {.name = "hibernateAfter", .type = milliseconds, .default_value = "5s", .minimum = 1, .maximum = 86400000,
     .choices = "off",
     .doc = "An idle plaintext connection gives all its memory but a few hundred bytes back after this time."},
    {.name = "drainTimeout", .type = milliseconds, .default_value = "300s", .minimum = 0, .maximum = 86400000,
     .doc = "After a graceful restart or stop, requests that still run are given this long."},
    {.name = "stallWarning", .type = milliseconds, .default_value = "100ms", .minimum = 1, .maximum = 3600000,
     .choices = "off", .doc = "A request that keeps its event loop busy for longer is named in the error log."},
    {.name = "stallLimit", .type = milliseconds, .default_value = "60s", .minimum = 1000, .maximum = 86400000,
     .choices = "off",
     .doc = "An event loop that does not move for longer is taken for dead, and the child process is ended."},
    {.name = "clientHalfClose", .type = choice, .default_value = "abort", .choices = "abort,serve",
     .doc = "A client that closes its sending side while its request runs. abort: it is gone, the backend call is "
            "cancelled. serve: it still wants the answer."},
    {.name = "minReadRate", .type = bytes, .default_value = "240", .minimum = 1, .maximum = 1073741824,
     .choices = "off",
     .doc = "A client that reads its response more slowly, in bytes per second over a whole Timeout of waiting for it, "
            "is cut. off: one byte per Timeout is enough."},
    {.name = "scoreboard", .type = boolean, .default_value = "on",
     .doc = "Requests on event loops are shown by mod_status."},
};

constexpr ParamSpec kRules[] = {
    {.name = "name", .default_value = "rules",
     .doc = "What a RuleFilter's Rules and 'navajo rules' call it; letters, digits, '.', '-' and '_'."},
    {.name = "file", .required = true,
     .doc = "The rules, docs/reference/rules.md. Relative to the folder of navajo.xml. The child processes read it "
            "again when it changes: their user has to be able to."},
    {.name = "apply", .type = choice, .default_value = "all", .choices = "all,filters",
     .doc = "all: its sets are applied to every request of every Context, before any filter. filters: only where a "
            "RuleFilter names it."},
    {.name = "memory", .type = bytes, .default_value = "16M", .minimum = 65536, .maximum = 1073741824,
     .doc = "Most that a generation of compiled rules takes of shared memory; there is room for three, taken as it is "
            "needed."},
    {.name = "poll", .type = milliseconds, .default_value = "500ms", .minimum = 0, .maximum = 3600000,
     .doc = "How often each child looks whether the file, or one that it includes, has changed. 0: never; 'navajo "
            "rules reload' alone has it read again."},
};

constexpr ParamSpec kMemoryObserver[] = {
    {.name = "processHigh", .type = bytes, .default_value = "off", .minimum = 1048576, .maximum = int64_t{1} << 44,
     .choices = "off",
     .doc = "Memory a child process has for itself (resident, without what it shares with others) from which on it "
            "refuses requests with large bodies, 503 and Retry-After."},
    {.name = "processCritical", .type = bytes, .default_value = "off", .minimum = 1048576, .maximum = int64_t{1} << 44,
     .choices = "off", .doc = "From here on it refuses every new request with 503."},
    {.name = "processReplace", .type = bytes, .default_value = "off", .minimum = 1048576, .maximum = int64_t{1} << 44,
     .choices = "off",
     .doc = "A child that stays above this takes no more connections, ends when its requests have, and another one "
            "takes its place; one in a minute at most. Needs a ServerLimit above the number of children (MaxClients / "
            "ThreadsPerChild)."},
    {.name = "groupHigh", .type = integer, .default_value = "85", .minimum = 1, .maximum = 100, .choices = "off",
     .doc = "As processHigh, in percent of what the control group of the server may have, or the machine where there "
            "is no such limit, and used by all. Of more than 8 GB only the last 8 count: 85 is 1.2 GB left then."},
    {.name = "groupCritical", .type = integer, .default_value = "93", .minimum = 1, .maximum = 100, .choices = "off",
     .doc = "As processCritical, in the same percent."},
    {.name = "interval", .type = milliseconds, .default_value = "500ms", .minimum = 10, .maximum = 60000,
     .doc = "How often it is looked."},
    {.name = "largeBody", .type = bytes, .default_value = "1M", .minimum = 1024, .maximum = int64_t{1} << 40,
     .doc = "A request body of so many bytes is a large one: when it is declared, or when so much of it has come."},
    {.name = "maxLargeBodies", .type = integer, .default_value = "64", .minimum = 1, .maximum = 1000000,
     .choices = "any", .doc = "Requests with large bodies at work at once in a child; others wait."},
    {.name = "largeBodyWait", .type = milliseconds, .default_value = "5s", .minimum = 0, .maximum = 3600000,
     .doc = "How long they wait before they are refused with 503."},
};

constexpr ParamSpec kRequestHistory[] = {
    {.name = "slow", .type = milliseconds, .default_value = "1s", .minimum = 1, .maximum = 3600000,
     .doc = "A request that takes longer is remembered as a slow one, from its first byte to the last byte of the "
            "answer."},
    {.name = "sampleInterval", .type = milliseconds, .default_value = "5s", .minimum = 100, .maximum = 3600000,
     .choices = "off",
     .doc = "One of the requests that are neither slow nor refused is remembered in so much time, by each child; to "
            "compare with."},
};

constexpr ParamSpec kServer[] = {
    {.name = "ServerName", .doc = "Name of the main server; unset, the Engine's defaultHost or the first Connector's."},
    {.name = "User", .doc = "User of the child processes."},
    {.name = "Group", .doc = "Group of the child processes."},
    {.name = "MaxClients", .doc = "Older name of MaxRequestWorkers, and written as such."},
    {.name = "Timeout", .default_value = "60", .doc = "Seconds without progress between client and server."},
    {.name = "KeepAlive", .default_value = "On", .doc = "Several requests over one connection."},
    {.name = "KeepAliveTimeout", .default_value = "30", .doc = "Seconds an idle connection is kept."},
    {.name = "MaxKeepAliveRequests", .default_value = "10000", .doc = "Requests over one connection."},
    {.name = "RequestReadTimeout", .default_value = "header=20-40,MinRate=500 body=20,MinRate=500",
     .doc = "How slow a client may send: seconds, and bytes that earn one more."},
    {.name = "NavajoTrustedProxies",
     .doc = "Addresses and networks of the proxies in front whose X-Forwarded-* fields are believed; unset, nobody's."},
    {.name = "LimitRequestBody", .default_value = "512000", .doc = "Largest request body in bytes; 0: any."},
    {.name = "LimitRequestLine", .default_value = "5120", .doc = "Longest request line in bytes."},
    {.name = "LimitRequestFields", .doc = "Most header fields of a request; unset, httpd's own limit."},
    {.name = "LimitRequestFieldSize", .doc = "Longest header field in bytes; unset, httpd's own limit."},
    {.name = "HttpProtocolOptions", .default_value = "Strict LenientMethods Require1.0",
     .doc = "What is taken for a request."},
    {.name = "ServerTokens", .default_value = "Prod", .doc = "What the Server field says."},
    {.name = "ServerSignature", .default_value = "Off", .doc = "A line about the server below pages httpd makes."},
    {.name = "TraceEnable", .default_value = "Off", .doc = "The method TRACE."},
    {.name = "UseCanonicalName", .default_value = "Off", .doc = "Whether redirects name the server or the Host field."},
    {.name = "LogLevel", .default_value = "notice", .doc = "Least important level that is logged."},
    {.name = "Loglevel", .doc = "LogLevel, misspelled.", .deprecated = "write LogLevel"},
    {.name = "ServerAdmin", .doc = "For pages that httpd makes.", .deprecated = "nothing shows it, remove it"},
    {.name = "ErrorLog", .doc = "File or |program of the error log."},
    {.name = "ErrorLogFormat",
     .default_value = R"("[%{cu}t] [%-m:%l] [pid %P:tid %T] [id\ %L] [client\ %a] %E: %M")",
     .doc = "A line of the error log; %L is the request id."},
    {.name = "LogFormat", .doc = "One more format for CustomLog; the format 'navajo' is always there."},
    {.name = "CustomLog", .doc = "File or |program of the access log, and its format: \"logs/access.log navajo\"."},
    {.name = "SSLSessionCache",
     .doc = "Where TLS sessions are kept, \"shmcb:tls(1048576)\"; unset, what SSLCache says, else 1 MB in the run "
            "directory."},
    {.name = "Include", .doc = "A file of httpd directives, read at this place."},
};

constexpr ParamSpec kConnector[] = {
    {.name = "name", .required = true, .doc = "Name clients use. Without listen also the address to bind."},
    {.name = "port", .type = integer, .required = true, .minimum = 1, .maximum = 65535, .choices = "*",
     .doc = "Port clients use. Without listen also the port to bind. *: whichever they say; then listen or "
            "nameVirtualHost has the port to bind."},
    {.name = "listen", .doc = "address:port to bind when it differs from name:port, such as \"192.0.2.7:8443\"."},
    {.name = "nameVirtualHost",
     .doc = "Instead of listen: the address:port that another Connector listens on. The two are told apart by name."},
    {.name = "serverAlias", .doc = "More names, separated by blanks; \"*.example.org\" stands for all names below."},
    {.name = "LogLevel", .doc = "As that of Server, for this Connector alone."},
    {.name = "Loglevel", .doc = "LogLevel, misspelled.", .deprecated = "write LogLevel"},
    {.name = "ServerAdmin", .doc = "For pages that httpd makes.", .deprecated = "nothing shows it, remove it"},
    {.name = "CustomLog", .doc = "As that of Server, for this Connector alone."},
    {.name = "Include", .doc = "A file of httpd directives, read at this place."},
};

constexpr ParamSpec kSsl[] = {
    {.name = "SSLCertificateFile", .required = true, .doc = "PEM file with the certificate and its chain."},
    {.name = "SSLCertificateKeyFile", .doc = "PEM file with the key, if it is not in SSLCertificateFile."},
    {.name = "SSLCertificateChainFile", .doc = "The chain.",
     .deprecated = "put the chain into the file of SSLCertificateFile"},
    {.name = "SSLRequire", .doc = "Who gets in.",
     .deprecated = "put 'Require expr' into a <Location> of a file for Include"},
    {.name = "SSLEngine", .default_value = "on", .doc = "TLS on this Connector."},
    {.name = "SSLProtocol", .default_value = "-all +TLSv1.2 +TLSv1.3", .doc = "Versions of TLS."},
};

constexpr ParamSpec kForwardProxy[] = {
    {.name = "name", .required = true, .doc = "Name of the proxy. Without listen the address to bind."},
    {.name = "port", .type = integer, .required = true, .minimum = 1, .maximum = 65535,
     .doc = "Port clients use. Without listen also the port to bind."},
    {.name = "listen", .doc = "address:port to bind when it differs from name:port."},
    {.name = "host", .required = true,
     .doc = "Name of the Host in Engine that serves what clients ask for: requests with an absolute target, and those "
            "inside of intercepted connections. A ForwardProxyServlet in it sends them on."},
    {.name = "clients", .default_value = "127.0.0.0/8 ::1 10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 fc00::/7",
     .doc = "Networks whose clients may use the proxy; others get 403."},
    {.name = "ports", .default_value = "80 443",
     .doc = "Ports of destinations that may be asked for, separated by blanks; also ranges, 8000-8100."},
    {.name = "defaultAction", .type = choice, .default_value = "tunnel", .choices = "intercept,tunnel,refuse",
     .doc = "What happens with a CONNECT that no Destination speaks of. intercept: TLS ends here, with a certificate "
            "made for the name, and the requests inside are served by host. tunnel: bytes are relayed. refuse: 403. A "
            "request with an absolute http target is refused, or served by host."},
    {.name = "unknownProtocol", .type = choice, .default_value = "refuse", .choices = "refuse,tunnel",
     .doc = "A CONNECT that is to be intercepted, and what comes is no TLS."},
    {.name = "allowedAddresses",
     .doc = "Networks, also with :port, that may be connected to although they are this machine's, private, link-local "
            "or otherwise not of the public Internet, which is refused whatever name led there."},
    {.name = "upstreamProxy",
     .doc = "host:port of another proxy through which everything goes. It resolves the names then, and addresses "
            "clients give as such are all that is judged here."},
    {.name = "upstreamCredentials", .doc = "user:password for upstreamProxy (Basic)."},
    {.name = "connectTimeout", .type = milliseconds, .default_value = "10s", .minimum = 1, .maximum = 3600000,
     .doc = "For the look-up of a tunnel's destination and the connect."},
    {.name = "handshakeTimeout", .type = milliseconds, .default_value = "15s", .minimum = 1, .maximum = 3600000,
     .doc = "From the answer to CONNECT to the end of the TLS handshake with the client."},
    {.name = "maxConnectionAge", .type = milliseconds, .default_value = "30m", .minimum = 1000,
     .maximum = 604800000, .choices = "off",
     .doc = "An intercepted connection older than this ends with its next response."},
    {.name = "caCertificate",
     .doc = "PEM file of the CA that signs the certificates made here, and its chain. 'navajo ca init' makes one."},
    {.name = "caKey", .doc = "PEM file of its key, readable by its owner alone. Unset: in the file of caCertificate."},
    {.name = "certCacheSize", .type = integer, .default_value = "1000", .minimum = 1, .maximum = 1000000,
     .doc = "Certificates that are kept; the one unused for longest gives way."},
    {.name = "certCacheTime", .type = milliseconds, .default_value = "24h", .minimum = 60000, .maximum = 2592000000,
     .doc = "How long a certificate is used before another one is made."},
    {.name = "certValidity", .type = milliseconds, .default_value = "168h", .minimum = 3600000, .maximum = 34300800000,
     .doc = "Validity of a certificate, never beyond the CA's own. At least twice certCacheTime."},
    {.name = "certMirror", .type = boolean, .default_value = "off",
     .doc = "The destination is connected to before the client's handshake; of its certificate the subject, the end of "
            "its validity and the names that fit are taken over."},
    {.name = "certWildcard", .type = boolean, .default_value = "off",
     .doc = "One certificate for all names beside each other: *.example.com for www.example.com."},
    {.name = "certRate", .type = integer, .default_value = "50", .minimum = 1, .maximum = 2500,
     .doc = "Certificates made per second for one client, beyond a first lot of four times as many. Names that are "
            "cached do not count."},
    {.name = "untrustedUpstream", .type = choice, .default_value = "refuse", .choices = "refuse,mirror",
     .doc = "A destination whose certificate does not verify. refuse: the client gets 502 and a page that says why. "
            "mirror (needs certMirror): the client gets a certificate that does not verify either."},
    {.name = "tunnelIdleTimeout", .type = milliseconds, .default_value = "10m", .minimum = 1, .maximum = 604800000,
     .doc = "A tunnel without a byte in either direction ends."},
    {.name = "tunnelHalfClosedTimeout", .type = milliseconds, .default_value = "60s", .minimum = 1,
     .maximum = 604800000, .doc = "The same once one of its ends has finished sending."},
    {.name = "tunnelWriteTimeout", .type = milliseconds, .default_value = "60s", .minimum = 1, .maximum = 604800000,
     .doc = "A tunnel one of whose ends takes nothing for so long, although there is something for it, ends."},
    {.name = "tunnelHalfClose", .type = boolean, .default_value = "on",
     .doc = "off: when one end has finished sending, the tunnel ends."},
    {.name = "maxTunnels", .type = integer, .default_value = "10000", .minimum = 1, .maximum = 1000000,
     .doc = "Tunnels of one child process; beyond it CONNECT gets 503."},
    {.name = "maxTunnelsPerClient", .type = integer, .default_value = "256", .minimum = 1, .maximum = 1000000,
     .doc = "Tunnels of one client's address in one child process."},
    {.name = "LimitRequestBody", .default_value = "0",
     .doc = "Largest request body in bytes; 0: any, since what clients send to the Internet is for others to limit."},
    {.name = "LimitRequestLine", .default_value = "16384", .doc = "Longest request line in bytes."},
    {.name = "AuthType", .doc = "Basic: clients have to say who they are, with AuthName, AuthUserFile and Require."},
    {.name = "Require", .doc = "Who may use the proxy: valid-user, user, group, ip ... as in httpd."},
};

constexpr ParamSpec kDestination[] = {
    {.name = "action", .type = choice, .required = true, .choices = "intercept,tunnel,refuse",
     .doc = "As defaultAction. The first Destination that holds decides."},
    {.name = "host", .doc = "GLOBs of what clients ask for, a name or an address: \"*.example.org\", \"192.0.2.?\"."},
    {.name = "hostRegex", .doc = "A regular expression (PCRE2) anywhere in it, in lower case."},
    {.name = "address",
     .doc = "Networks, CIDR, of the address the name has. With refuse, a name one of whose addresses is in one holds; "
            "else all of them have to be."},
    {.name = "serverName",
     .doc = "GLOBs of the name in the TLS handshake (SNI). The client is told that it is connected before it is "
            "known."},
    {.name = "port", .doc = "Ports, separated by blanks; also ranges."},
    {.name = "clients", .doc = "Networks of the clients it is for."},
};

constexpr ParamSpec kEngine[] = {
    {.name = "defaultHost",
     .doc = "Host that answers requests whose Host field is missing or unknown. Unset, they are refused with 421."},
    {.name = "generalResourceDir",
     .doc = "Older files: pictures and style sheet of pages the container made. Skipped with a notice."},
    {.name = "useStyleSheet", .doc = "Older files: the same."},
};

constexpr ParamSpec kHost[] = {
    {.name = "name", .required = true,
     .doc = "The name in the Host field of requests. The very name goes before a \"*.\" alias, a longer one of these "
            "before a shorter, and defaultHost takes the rest."},
    {.name = "serverAlias", .doc = "More names, separated by blanks; \"*.example.org\" stands for all names below."},
    {.name = "limitRequestBody", .type = bytes, .minimum = 0, .maximum = int64_t{1} << 50, .choices = "any",
     .doc = "Largest request body of all its Contexts, also where that is more than LimitRequestBody of Server allows. "
            "Unset, that one counts."},
};

constexpr ParamSpec kContext[] = {
    {.name = "path", .default_value = "/", .doc = "The part of the URL space below which the application lives."},
    {.name = "docBase", .required = true,
     .doc = "Folder of the application, with WEB-INF/web.xml. Relative to the folder of navajo.xml."},
    {.name = "id",
     .doc = "Name of the application where several share one store of sessions; no two Contexts have the same."},
    {.name = "unsecureConnection", .type = choice, .default_value = "allow", .choices = "deny,redirect,allow",
     .doc = "A request without TLS. deny: 403. redirect: to the same place on the Host's Connector with SSL; where "
            "there is none, 403."},
    {.name = "unsecureConnectionRedirect",
     .doc = "Where redirect leads instead: \"https://name:port\". deny, redirect or allow here mean what they mean in "
            "unsecureConnection, and the stricter of the two counts."},
    {.name = "allowedMethods",
     .doc = "Methods that are let in, separated by blanks or commas; others are answered with 405. ALL-HTTP and "
            "ALL-WEBDAV are groups, \"-NAME\" takes one out: \"ALL-HTTP -TRACE -CONNECT\". Unset, every method but "
            "TRACE, which is never let in."},
    {.name = "additionalStatusCodes",
     .doc = "Status codes outside the registered ones that backends may answer with, such as \"299 440\". Any other "
            "unregistered code is answered with 502."},
    {.name = "limitRequestBody", .type = bytes, .minimum = 0, .maximum = int64_t{1} << 50, .choices = "any",
     .doc = "Largest request body, more or less than the Host or Server allows. Declared or counted, a longer one is "
            "answered with 413, body_too_large. Unset, the Host's counts."},
};

constexpr ParamSpec kEventLog[] = {
    {.name = "name", .default_value = "events", .doc = "What the log actions of rules call it."},
    {.name = "file",
     .doc = "The file records are appended to, relative to the folder of navajo.xml, on a local disk. Either this or "
            "program."},
    {.name = "program",
     .doc = "A command line that reads records from its standard input; started with the server, and again when it "
            "ends."},
    {.name = "queue", .type = bytes, .default_value = "4M", .minimum = 524288, .maximum = 1073741824,
     .doc = "Bytes of records one child keeps that are not written yet. What finds no room is dropped and counted: no "
            "request waits."},
    {.name = "maxPerSecond", .type = integer, .default_value = "off", .minimum = 1, .maximum = 1000000,
     .choices = "off", .doc = "Records of one child in each second; more are left out and counted."},
    {.name = "rotateAt", .type = bytes, .default_value = "off", .minimum = 65536, .maximum = 1099511627776,
     .choices = "off",
     .doc = "Size at which the file is renamed; ten older ones are kept. off: somebody else does that, such as "
            "logrotate; a file that was moved away is made anew."},
    {.name = "redactHeaders",
     .doc = "Header fields whose values no record shows, besides Authorization, Cookie, Set-Cookie and those whose "
            "names speak of tokens, secrets, keys or sessions (docs/reference/event-log.md)."},
    {.name = "showHeaders", .doc = "Header fields of those that records show nevertheless, in full."},
};

constexpr ParamSpec kRedact[] = {
    {.name = "pattern", .required = true,
     .doc = "A regular expression (PCRE2). What it finds in a value, target or body is blacked out: its groups, or all "
            "of it if it has none."},
};

constexpr ElementSpec kNavajoXml[] = {
    {"Navajo", "", one, kFault, kNavajo, "The whole configuration."},
    {"Service", "Navajo", one, kFault, kService, "One server instance."},
    {"Core", "Service", optional, kFault, kCore, "Memory of the configuration."},
    {"Timer", "Service", optional, kFault, kTimer, "What is done from time to time."},
    {"OpenTelemetry", "Service", optional, kFault, kOpenTelemetry,
     "Traces (W3C Trace Context) and metrics for a collector. Without it traceparent passes as any other field does."},
    {"Property", "Service", many, kSkip, {}, "Not there yet: a property; bc.properties is the place for those."},
    {"SSLCache", "Service", optional, kFault, kSslCache, "Size of the cache of TLS sessions of all Connectors."},
    {"Qos", "Service", optional, kDirective, {},
     "Attributes are directives of mod_qos, with or without their QS_: needs mod_qos."},
    {"Limits", "Service", optional, kFault, kLimits,
     "Where rates, credits and numbers of requests at work are counted, for all child processes together."},
    {"Reactor", "Service", optional, kFault, kReactor,
     "How connections are served: by a few event loops per process instead of a thread each."},
    {"EventLog", "Service", many, kFault, kEventLog,
     "A log of requests that rules choose, one JSON object on each line."},
    {"Redact", "EventLog", many, kFault, kRedact,
     "What else is blacked out in its records, besides passwords, tokens and keys."},
    {"Rules", "Service", many, kFault, kRules,
     "A file of rules that all child processes share and that can be changed while they run."},
    {"Routing", "Service", many, kFault, kRouting,
     "Backends in groups (apps), and how one of them is chosen: by place, load, binding."},
    {"HealthCheck", "Routing", optional, kFault, kHealthCheck,
     "How backends are looked after; without it those whose row says so are."},
    {"TcpConnector", "Service", many, kFault, kTcpConnector,
     "An address whose connections are passed on to backends of a Routing as they are, byte for byte. Needs the "
     "Reactor."},
    {"Route", "TcpConnector", many, kFault, kRoute,
     "Where connections go that ask for a name or protocol. The first that fits counts."},
    {"MemoryObserver", "Service", optional, kFault, kMemoryObserver,
     "Watches memory, so that requests are refused before the kernel ends a process, and how many large bodies are at "
     "work."},
    {"RequestHistory", "Service", optional, kFault, kRequestHistory,
     "Which requests 'navajo requests', 'navajo why' and the console show when they are over: slow ones, all that "
     "failed or were refused, some others; 256 of each kind."},
    {"Server", "Service", optional, kDirective, kServer,
     "Settings of the server as a whole. Every attribute is the httpd directive of that name, also those not listed."},
    {"CustomLogs", "Server", many, kFault, kCustomLogs, "One more access log of the server."},
    {"Qos", "Server", optional, kDirective, {}, "As below Service."},
    {"Connector", "Service", many, kDirective, kConnector,
     "An address that is listened on: one httpd virtual host. Attributes not listed are httpd directives in it."},
    {"SSL", "Connector", optional, kDirective, kSsl,
     "Makes the Connector speak TLS. Attributes not listed are directives of mod_ssl."},
    {"CustomLogs", "Connector", many, kFault, kCustomLogs, "One more access log of this Connector."},
    {"SSLCache", "Connector", optional, kFault, kSslCache, "Adds to the cache of TLS sessions all Connectors use."},
    {"Qos", "Connector", optional, kDirective, {}, "Directives of mod_qos for this Connector."},
    {"ForwardProxy", "Service", many, kDirective, kForwardProxy,
     "A proxy that clients are configured to use, with an address of its own: CONNECT and requests with an absolute "
     "target. Attributes not listed are httpd directives of its virtual host; needs mod_navajo_mitm."},
    {"Destination", "ForwardProxy", many, kFault, kDestination,
     "What happens with a destination. All attributes have to hold; words in one of them are alternatives."},
    {"CustomLogs", "ForwardProxy", many, kFault, kCustomLogs, "One more access log of this proxy."},
    {"Engine", "Service", optional, kFault, kEngine,
     "The container of the hosts. Only a Service that has nothing but TcpConnectors can do without."},
    {"HttpSession", "Engine", optional, kSkip, {},
     "Older files: sessions of the container. Accepted with maxEntries=\"0\", which is what Navajo has."},
    {"UserAgent", "Engine", many, kSkip, {}, "Older files: as HttpSession. Accepted with identification=\"none\"."},
    {"CookieCache", "Engine", optional, kSkip, {}, "Older files: the cache's size; CookieCacheFilter has its own."},
    {"Host", "Engine", at_least_one, kFault, kHost, "The applications of one host name."},
    {"Context", "Host", at_least_one, kFault, kContext, "One web application."},
};

}  // namespace

std::span<const ElementSpec> navajo_xml_schema() { return kNavajoXml; }

}  // namespace navajo::config
