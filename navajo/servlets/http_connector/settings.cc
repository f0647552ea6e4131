#include "navajo/servlets/http_connector/settings.h"

#include <algorithm>
#include <cstring>

#include "navajo/config/method_list.h"
#include "navajo/config/text.h"
#include "navajo/cookies/cookie_keeper.h"
#include "navajo/http/request_target.h"
#include "navajo/http/syntax.h"
#include "navajo/http/trailers.h"

namespace navajo::servlets::http_connector {
namespace {

using config::ParamSpec;
using config::ParamType;

constexpr int64_t kDay = 86400, kDayInMilliseconds = kDay * 1000;

constexpr ParamSpec kTable[] = {
    {"InetAddress", ParamType::text, true, "", INT64_MIN, INT64_MAX, "",
     "Backends as host:port, separated by blanks, in order of preference: the first usable one gets the requests, the "
     "others stand by. ' | ' starts the next group. Also [IPv6]:port and unix:/path; the port defaults to 80."},
    {"LoadBalancing", ParamType::boolean, false, "false", INT64_MIN, INT64_MAX, "",
     "false: the first usable address of the first usable group gets everything. true: all usable addresses of that "
     "group get requests in turn, as ResourceManager says."},
    {"ResourceManager", ParamType::text, false, "SessionResourceManager", INT64_MIN, INT64_MAX, "",
     "With LoadBalancing: SessionResourceManager keeps the requests of a session with one backend while that is "
     "usable, StatelessResourceManager does not. Also with ch::nevis::isiweb4::servlet::connector::base:: before it."},
    {"ResourceManager.RetryTimeout", ParamType::seconds, false, "10", 1, kDay, "",
     "How long a bad backend is left alone; then one request tries it. Only where there is more than one backend."},
    {"ResourceManager.MaxFailures", ParamType::integer, false, "5", 0, 1000000, "off",
     "A backend that takes connections but fails so many requests in a row (no answer in time, none at all, a "
     "malformed one) is bad; one that takes no connection is at once."},
    {"ResourceManager.MaxBadPercent", ParamType::integer, false, "50", 0, 100, "",
     "MaxFailures makes no backend bad if more than this share of all would be bad then."},
    {"ConnectionRetries", ParamType::integer, false, "64", 0, 64, "",
     "How many other backends a request may be offered to when one takes no connection."},
    {"RetryBudget", ParamType::integer, false, "20", 0, 100, "",
     "Per cent of all requests that may be sent a second time because a backend died over them, counted over 10 s; the "
     "first 10 are free. 0: none is sent a second time."},
    {"HostName", ParamType::text, false, "", INT64_MIN, INT64_MAX, "",
     "The Host field sent to the backend: a constant, or parts SOURCE:name; with the sources CONST, HEADER, ENV, AUTH, "
     "SESSION and PARAM (ENV:HTTP_Host; is the client's). Empty: the backend's own address."},
    {"ConnectTimeout", ParamType::milliseconds, false, "5s", 1, kDayInMilliseconds, "",
     "For the look-up of a backend's name, the connect and the TLS handshake, all its addresses together."},
    {"RequestTimeout", ParamType::milliseconds, false, "60s", 1, kDayInMilliseconds, "",
     "Until the first byte of the response, and between any two reads or writes after that."},
    {"TotalTimeout", ParamType::milliseconds, false, "off", 0, kDayInMilliseconds, "off",
     "For the whole exchange with the backends, body included."},
    {"ExpectTimeout", ParamType::milliseconds, false, "1s", 0, kDayInMilliseconds, "off",
     "A request with 'Expect: 100-continue' is announced to the backend, which has so long to ask for the body or to "
     "refuse it. off: the client is told to go on as soon as a backend is connected."},
    {"FlushDelay", ParamType::milliseconds, false, "10", 0, 60000, "off",
     "When the backend pauses so long within a response, what is there goes to the client. off: at once."},
    {"KeepAlive", ParamType::boolean, false, "true", INT64_MIN, INT64_MAX, "",
     "Whether connections to backends are used for more than one request."},
    {"KeepAlive.IdleTimeout", ParamType::milliseconds, false, "4s", 1, kDayInMilliseconds, "",
     "How long an idle connection is kept. Shorter than what the backend keeps (httpd and Node.js: 5 s), or a POST may "
     "meet a connection that is just being closed."},
    {"KeepAlive.MaxIdle", ParamType::integer, false, "256", 1, 65536, "",
     "Idle connections kept per backend and reactor thread; for a second after a burst up to 16 times as many."},
    {"KeepAlive.MaxAge", ParamType::seconds, false, "300", 0, kDay, "off",
     "A connection older than this is not used again, so that a change in DNS is followed."},
    {"MaxConnections", ParamType::integer, false, "10000", 1, 1000000, "",
     "Requests that may be with one backend at a time, per child process; more wait."},
    {"MaxConnections.WaitTimeout", ParamType::milliseconds, false, "1s", 0, kDayInMilliseconds, "off",
     "How long a request waits for one of MaxConnections before it is answered with 503."},
    {"MaxConnections.WaitQueue", ParamType::integer, false, "1000", 0, 1000000, "",
     "How many requests may wait; one more is answered with 503 at once."},
    {"SourceAddress", ParamType::text, false, "", INT64_MIN, INT64_MAX, "",
     "IP address to connect from. Empty: the system's choice."},
    {"MappingType", ParamType::choice, false, "requesturi", INT64_MIN, INT64_MAX, "requesturi,pathinfo",
     "requesturi: the path is sent as it came. pathinfo: URIPrefix and what the servlet mapping left over."},
    {"URIPrefix", ParamType::text, false, "", INT64_MIN, INT64_MAX, "",
     "Put before the path with MappingType pathinfo: starts with '/', does not end with one."},
    {"URLEncoding", ParamType::boolean, false, "true", INT64_MIN, INT64_MAX, "",
     "The client's spelling of the path is sent if it says the path all decisions were made on. Otherwise: true: that "
     "path, encoded anew. false: as it stands, and a path that cannot be sent so is refused with 400."},
    {"RewriteLocation", ParamType::boolean, false, "true", INT64_MIN, INT64_MAX, "",
     "Location and Content-Location that point to the backend are made to point to this server."},
    {"AutoRewrite", ParamType::choice, false, "off", INT64_MIN, INT64_MAX, "off,header,html,all",
     "Links to the backend's own address become links to this server. header: in Location, Content-Location, Refresh, "
     "Link and Set-Cookie. html: also in HTML and CSS. all: also in scripts, JSON and XML."},
    {"AutoRewrite.InnerNames", ParamType::text, false, "", INT64_MIN, INT64_MAX, "",
     "Further hosts, host or host:port, separated by blanks, whose links become links to this server."},
    {"ProxyPolicy", ParamType::choice, false, "off", INT64_MIN, INT64_MAX, "off,mime-completion",
     "mime-completion: an answer without Content-Type gets the type web.xml's mime-mapping has for the path's "
     "extension."},
    cookies::cookie_manager_param(false),
    {"AllowMethods", ParamType::text, false, "", INT64_MIN, INT64_MAX, "",
     "Methods that are forwarded, separated by blanks or commas, or the groups ALL-HTTP and ALL-WEBDAV, -NAME takes "
     "one out again; others get 405. TRACE never is forwarded. Empty: all but TRACE and CONNECT."},
    {"XForwardedFor", ParamType::choice, false, "replace", INT64_MIN, INT64_MAX, "replace,append,pass,off",
     "X-Forwarded-For. replace: the client's address (after mod_remoteip). append: what came, then the address of "
     "the peer. pass: what came. off: none."},
    {"XForwardedProto", ParamType::choice, false, "replace", INT64_MIN, INT64_MAX, "replace,append,pass,off",
     "X-Forwarded-Proto: http or https, as the client connected. Words as for XForwardedFor."},
    {"XForwardedHost", ParamType::choice, false, "replace", INT64_MIN, INT64_MAX, "replace,append,pass,off",
     "X-Forwarded-Host: host and port the client asked for. Words as for XForwardedFor."},
    {"XRealIP", ParamType::choice, false, "off", INT64_MIN, INT64_MAX, "replace,pass,off",
     "X-Real-IP: the client's address (after mod_remoteip)."},
    {"Forwarded", ParamType::choice, false, "off", INT64_MIN, INT64_MAX, "replace,append,pass,off",
     "Forwarded (RFC 7239), with for, proto and host. Words as for XForwardedFor."},
    {"Via", ParamType::text, false, "navajo", INT64_MIN, INT64_MAX, "",
     "This server's name in the Via field, which also ends forwarding loops. off: no Via field is added."},
    {"InterimResponses", ParamType::choice, false, "early-hints", INT64_MIN, INT64_MAX, "early-hints,all,off",
     "1xx responses of the backend that reach clients of HTTP/1.1 and later, at most 16 per request. early-hints: 103, "
     "with its Link and Content-Security-Policy fields. all: also others, without fields; 101 never."},
    {"ResponseTrailers", ParamType::boolean, false, "true", INT64_MIN, INT64_MAX, "",
     "Fields behind a chunked response reach clients that sent 'TE: trailers', if such a field may stand there "
     "(RFC 9110 6.5.1)."},
    {"RequestTrailers", ParamType::text, false, "", INT64_MIN, INT64_MAX, "",
     "Names of fields behind a chunked request that reach the backend, separated by commas; '*': all that may stand "
     "there. A backend that takes them for header fields would take these from any client."},
    {"MaxHeaders", ParamType::integer, false, "100", 1, static_cast<int64_t>(connector::Buffer::kMaxFields), "",
     "Header fields in a response; one more is answered with 502."},
    {.name = "LogoutURI", .doc = "A path the backend is asked for when a session ends.",
     .not_yet = "the end of a session is not told to servlets; remove it, or the application keeps its sessions"},
    {.name = "Protocol", .doc = "Has no effect.", .deprecated = "HTTP/1.1 is spoken to backends; remove it"},
    {.name = "AwaitingResponse", .doc = "Has no effect.", .deprecated = "RequestTimeout bounds the wait; remove it"},
    {.name = "LegacyRegexpMatching", .doc = "Has no effect.", .deprecated = "there is one way to match; remove it"},
    {"MaxHeadSize", ParamType::bytes, false, "64K", 512, static_cast<int64_t>(connector::Buffer::kSize), "",
     "Bytes in the head of a response; one more is answered with 502."},
};

ClientField client_field(const std::string& word) {
  if (word == "append") return ClientField::append;
  if (word == "pass") return ClientField::pass;
  if (word == "off") return ClientField::off;
  return ClientField::replace;
}

// Reads the values that need more than the table can check; remembers whether one was refused.
class Reader {
 public:
  Reader(const std::string& servlet, const config::Params& params, Settings& into)
      : servlet_(servlet), params_(params), into_(into) {}

  bool read_transport() {
    if (!params_.names("HostName").empty()) read_host_name();
    if (!params_.names("SourceAddress").empty()) read_source();
    read_methods();
    read_via();
    return fine_;
  }

  bool read(uint16_t default_port) {
    read_addresses(default_port);
    read_resource_manager();
    read_prefix();
    read_auto_rewrite();
    read_trailers();
    return fine_;
  }

 private:
  void fault(const char* name, const std::string& text) {
    params_.fault(name, text);
    fine_ = false;
  }

  void read_addresses(uint16_t default_port) {
    auto parsed = connector::parse_addresses(params_.text("InetAddress"), default_port);
    if (!parsed.ok()) return fault("InetAddress", parsed.error().text);
    into_.addresses = std::move(*parsed);
  }
  void read_resource_manager() {
    constexpr std::string_view kPrefix = "ch::nevis::isiweb4::servlet::connector::base::";
    std::string_view name = params_.text("ResourceManager");
    if (name.starts_with(kPrefix)) name.remove_prefix(kPrefix.size());
    if (name != "SessionResourceManager" && name != "StatelessResourceManager")
      return fault("ResourceManager",
                   "'" + std::string(name) + "' is neither SessionResourceManager nor StatelessResourceManager");
    if (name == "SessionResourceManager" && into_.connector.backends.balancing == connector::Balancing::round_robin)
      into_.sticky_attribute = "navajo.connector." + servlet_ + ".backend";
  }
  void read_host_name() {
    auto parsed = ValueTemplate::parse(params_.text("HostName"));
    if (!parsed.ok()) return fault("HostName", parsed.error().text);
    into_.host_name = std::move(*parsed);
    if (const auto constant = into_.host_name.constant(); constant && !http::is_host(*constant))
      fault("HostName", "'" + std::string(*constant) + "' is no host name");
  }
  void read_source() {
    const std::string& text = params_.text("SourceAddress");
    if (text.empty()) return;
    into_.connector.source = reactor::parse_address(text, 0);
    if (!into_.connector.source) fault("SourceAddress", "'" + text + "' is no IP address");
  }
  void read_prefix() {
    const std::string& prefix = params_.text("URIPrefix");
    into_.uri_prefix = prefix;
    if (prefix.empty()) return;
    if (into_.mapping != Mapping::path_info) return fault("URIPrefix", "has an effect with MappingType pathinfo only");
    if (prefix.back() == '/' || prefix.find('?') != std::string::npos || !http::is_request_target(prefix))
      fault("URIPrefix", "'" + prefix + "' is no path that starts with '/' and ends without one");
  }
  void read_methods() {
    const std::string& text = params_.text("AllowMethods");
    if (!text.empty()) {
      auto parsed = config::parse_method_list(text);
      if (!parsed.ok()) return fault("AllowMethods", parsed.error().text);
      into_.methods = std::move(*parsed);
    }
    for (const std::string& method : into_.methods) into_.allow += (into_.allow.empty() ? "" : ", ") + method;
    if (into_.allow.empty()) into_.allow = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";
  }
  void read_via() {
    const std::string& name = params_.text("Via");
    if (name == "off") return;
    if (!http::is_host(name) && !http::is_token(name))
      return fault("Via", "'" + name + "' is neither a name nor 'off'");
    into_.via = name;
  }

  void read_auto_rewrite() {
    const std::string& mode = params_.text("AutoRewrite");
    if (mode == "header") into_.auto_rewrite = AutoRewrite::header;
    if (mode == "html") into_.auto_rewrite = AutoRewrite::html;
    if (mode == "all") into_.auto_rewrite = AutoRewrite::all;
    for (const std::string_view name : config::split_words(params_.text("AutoRewrite.InnerNames"))) {
      if (!http::is_host(name)) fault("AutoRewrite.InnerNames", "'" + std::string(name) + "' is no host");
      into_.inner_names.emplace_back(name);
    }
    if (into_.auto_rewrite == AutoRewrite::off && !into_.inner_names.empty())
      fault("AutoRewrite.InnerNames", "says nothing while AutoRewrite is off");
    if (into_.auto_rewrite != AutoRewrite::off && !into_.rewrite_location)
      fault("RewriteLocation", "is part of AutoRewrite, which is on");
  }

  void read_trailers() {
    for (const std::string_view name : config::split_words(params_.text("RequestTrailers"))) {
      if (name != "*" && !http::may_follow_body(name))
        fault("RequestTrailers", "'" + std::string(name) + "' must not stand behind a body");
      into_.request_trailers.emplace_back(name);
    }
  }

  const std::string& servlet_;
  const config::Params& params_;
  Settings& into_;
  bool fine_ = true;
};

}  // namespace

bool Settings::allows(std::string_view method) const {
  if (methods.empty()) return method != "TRACE" && method != "CONNECT";
  return std::find(methods.begin(), methods.end(), method) != methods.end();
}

std::span<const ParamSpec> parameter_table() {
  static const std::vector<ParamSpec> table = [] {
    std::vector<ParamSpec> rows(std::begin(kTable), std::end(kTable));
    for (const ParamSpec& row : upgrade_param_rows()) rows.push_back(row);
    return rows;
  }();
  return table;
}

bool is_transport_parameter(std::string_view name) {
  if (is_upgrade_parameter(name)) return true;
  for (const char* prefix : {"KeepAlive", "MaxConnections", "XForwarded"})
    if (name.starts_with(prefix)) return true;
  constexpr std::string_view kOthers[] = {"ConnectTimeout", "RequestTimeout", "TotalTimeout", "ExpectTimeout",
                                          "FlushDelay", "RetryBudget", "SourceAddress", "AllowMethods", "XRealIP",
                                          "Forwarded", "Via", "MaxHeaders", "MaxHeadSize"};
  return std::find(std::begin(kOthers), std::end(kOthers), name) != std::end(kOthers);
}

bool read_transport(const config::Params& params, Settings& into) {
  connector::ConnectorOptions& options = into.connector;
  options.connect_timeout = params.milliseconds("ConnectTimeout");
  if (!params.names("RetryBudget").empty())
    options.backends.retry_percent = static_cast<unsigned>(params.integer("RetryBudget"));
  options.backends.max_connections = static_cast<size_t>(params.integer("MaxConnections"));
  options.backends.wait_queue = static_cast<size_t>(params.integer("MaxConnections.WaitQueue"));
  options.wait_timeout = params.milliseconds("MaxConnections.WaitTimeout");
  into.keep_alive = params.boolean("KeepAlive");
  options.pool.max_idle = into.keep_alive ? static_cast<size_t>(params.integer("KeepAlive.MaxIdle")) : 0;
  options.pool.idle_timeout = params.milliseconds("KeepAlive.IdleTimeout");
  options.pool.max_age = params.seconds("KeepAlive.MaxAge");
  into.request_timeout = params.milliseconds("RequestTimeout");
  into.total_timeout = params.milliseconds("TotalTimeout");
  into.expect_timeout = params.milliseconds("ExpectTimeout");
  into.flush_delay = params.milliseconds("FlushDelay");
  into.response_head.fields = static_cast<size_t>(params.integer("MaxHeaders"));
  into.response_head.bytes = params.bytes("MaxHeadSize");
  into.forwarded_for = client_field(params.text("XForwardedFor"));
  into.forwarded_proto = client_field(params.text("XForwardedProto"));
  into.forwarded_host = client_field(params.text("XForwardedHost"));
  into.real_ip = client_field(params.text("XRealIP"));
  into.forwarded = client_field(params.text("Forwarded"));
  const bool upgrades = read_upgrade(params, into.upgrade);
  return Reader("", params, into).read_transport() && upgrades;
}

std::string nameless_address(const Settings& settings) {
  const tls::ClientContext* tls = settings.connector.tls.get();
  if (!tls) return {};
  const tls::ClientOptions& options = tls->options();
  if (!options.verify_peer || !options.check_name || !options.server_name.empty()) return {};
  for (const connector::BackendAddress& address : settings.addresses)
    if (address.host.starts_with("unix:")) return "'" + address.text + "' has no name a certificate could be for: set ";
  return {};
}

std::unique_ptr<Settings> read_settings(const std::string& servlet, const config::Params& params,
                                        uint16_t default_port) {
  auto settings = std::make_unique<Settings>();
  connector::BackendOptions& backends = settings->connector.backends;
  backends.retry_timeout = params.seconds("ResourceManager.RetryTimeout");
  backends.max_failures = static_cast<uint32_t>(params.integer("ResourceManager.MaxFailures"));
  backends.max_bad_percent = static_cast<unsigned>(params.integer("ResourceManager.MaxBadPercent"));
  if (params.boolean("LoadBalancing")) backends.balancing = connector::Balancing::round_robin;
  settings->connection_retries = static_cast<size_t>(params.integer("ConnectionRetries"));
  settings->encode_path = params.boolean("URLEncoding");
  settings->mapping = params.text("MappingType") == "pathinfo" ? Mapping::path_info : Mapping::request_uri;
  settings->rewrite_location = params.boolean("RewriteLocation");
  settings->mime_completion = params.text("ProxyPolicy") == "mime-completion";
  const bool fine = read_transport(params, *settings);
  const std::string& interim = params.text("InterimResponses");
  settings->interim = interim == "all"   ? InterimResponses::all
                      : interim == "off" ? InterimResponses::none
                                         : InterimResponses::early_hints;
  settings->response_trailers = params.boolean("ResponseTrailers");
  if (!Reader(servlet, params, *settings).read(default_port) || !fine) return nullptr;
  return settings;
}

}  // namespace navajo::servlets::http_connector
