// Words of other proxies' configurations as ours has them. Values; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace navajo::cli::migration {

// "5s" or "1500ms" of "5", "5s", "1m30s" and the like. unit: of a bare number, "s" or "ms". None: not understood, or 0.
std::optional<std::string> time_text(std::string_view text, std::string_view unit);
// "10M" of "10m"; "any" of 0.
std::optional<std::string> size_text(std::string_view text);
std::optional<uint64_t> natural(std::string_view text, uint64_t maximum);

struct TargetUrl {
  std::string scheme;  // http, https, balancer ...
  std::string place;   // host:port, or a name; IPv6 in brackets
  std::string path;    // with its slash; empty: none
};
std::optional<TargetUrl> target_url(std::string_view text);

// "app:80" of "app", if it is a host's name or address with or without a port. None: it is neither.
std::optional<std::string> address_text(std::string_view text, int port);

struct Endpoint {
  std::string address;  // "0.0.0.0", "[::]", "192.0.2.1"
  int port = 0;
};
// "443", "*:443", ":443", "192.0.2.1:443", "[::]:443".
std::optional<Endpoint> endpoint(std::string_view text, int usual_port);

bool is_host_name(std::string_view text);

}  // namespace navajo::cli::migration
