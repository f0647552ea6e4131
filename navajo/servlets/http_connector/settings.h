// What an administrator sets for an HttpConnectorServlet: the table of its parameters, and their values checked and
// turned into what the code works with. Made once, while the configuration is read.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "navajo/config/params.h"
#include "navajo/connector/connector.h"
#include "navajo/container/status_codes.h"
#include "navajo/servlets/http_connector/auto_rewrite.h"
#include "navajo/servlets/http_connector/proxy_policy.h"
#include "navajo/servlets/http_connector/upgrade_settings.h"
#include "navajo/servlets/http_connector/value_template.h"

namespace navajo::servlets::http_connector {

enum class Mapping : uint8_t {
  request_uri,  // the target as the client sent it
  path_info,    // URIPrefix and what the servlet mapping left over
};

// What to do with a field that tells the backend about the client.
enum class ClientField : uint8_t {
  replace,  // ours only: what came with the request is dropped
  append,   // what came, and ours behind it
  pass,     // what came, unchanged
  off,      // none
};

// Which 1xx responses of a backend reach the client.
enum class InterimResponses : uint8_t { none, early_hints, all };

struct Settings {
  std::vector<connector::BackendAddress> addresses;
  connector::ConnectorOptions connector;
  std::string sticky_attribute;  // of the session, for the backend it belongs to; empty: none
  size_t connection_retries = 0;
  ValueTemplate host_name;
  base::Duration request_timeout{0};
  base::Duration total_timeout{0};   // 0: none
  base::Duration expect_timeout{0};  // 0: the client's expectation is answered here
  base::Duration flush_delay{0};
  http::HeadLimits response_head;
  bool keep_alive = true;
  Mapping mapping = Mapping::request_uri;
  std::string uri_prefix;
  bool encode_path = true;  // a path that has changed is encoded anew, else sent as it stands or refused
  std::vector<std::string> methods;  // empty: all but TRACE and CONNECT
  std::string allow;                 // for the Allow field of a 405
  ClientField forwarded_for = ClientField::replace, forwarded_proto = ClientField::replace,
              forwarded_host = ClientField::replace, forwarded = ClientField::off, real_ip = ClientField::off;
  InterimResponses interim = InterimResponses::early_hints;
  bool response_trailers = true;
  std::vector<std::string> request_trailers;  // names that are forwarded; "*": all that may be
  std::string via;  // pseudonym; empty: no Via
  bool rewrite_location = true;
  AutoRewrite auto_rewrite = AutoRewrite::off;
  std::vector<std::string> inner_names;  // host or host:port, besides addresses and host_name
  bool mime_completion = false;
  MimeTypes mime_types;  // of web.xml
  container::StatusCodes status_codes;  // of the Context
  UpgradeSettings upgrade;

  bool allows(std::string_view method) const;
};

std::span<const config::ParamSpec> parameter_table();

// Parameters that concern one backend and the way to it, for servlets that share this machinery.
bool is_transport_parameter(std::string_view name);
// Those, and HostName where the table has it. False when a fault was reported.
bool read_transport(const config::Params& params, Settings& into);

// With TLS: why a certificate could not be looked at for one of the addresses, but for the name of the parameter that
// would say it; empty: it can.
std::string nameless_address(const Settings& settings);

inline constexpr uint16_t kDefaultPort = 80, kDefaultTlsPort = 443;

// servlet: its name. Null when a fault was reported through params.
std::unique_ptr<Settings> read_settings(const std::string& servlet, const config::Params& params,
                                        uint16_t default_port = kDefaultPort);

}  // namespace navajo::servlets::http_connector
