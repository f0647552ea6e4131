#include "modules/mod_navajo/server_config.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace navajo::glue {
namespace {

// Digits only, bounded; the end of the number through text.
bool number(const char*& text, long& into) {
  if (!apr_isdigit(*text)) return false;
  char* end;
  errno = 0;
  into = strtol(text, &end, 10);
  if (errno != 0 || into > 1000000000) return false;
  text = end;
  return true;
}

}  // namespace

const char* parse_read_timeout(apr_pool_t* pool, ServerConfig& config, const char* argument) {
  const char* equals = strchr(argument, '=');
  if (!equals) return apr_psprintf(pool, "RequestReadTimeout: '%s' is not stage=seconds", argument);
  const apr_size_t stage_length = equals - argument;
  ReadTimeout* stage = nullptr;
  if (stage_length == 9 && !strncasecmp(argument, "handshake", 9)) {
    stage = &config.handshake;
    config.handshake_set = true;
  } else if (stage_length == 6 && !strncasecmp(argument, "header", 6)) {
    stage = &config.header;
    config.header_set = true;
  } else if (stage_length == 4 && !strncasecmp(argument, "body", 4)) {
    stage = &config.body;
    config.body_set = true;
  } else {
    return apr_psprintf(pool, "RequestReadTimeout: unknown stage in '%s' (handshake, header, body)", argument);
  }
  ReadTimeout parsed;
  const char* rest = equals + 1;
  long value = 0;
  if (!number(rest, value)) return apr_psprintf(pool, "RequestReadTimeout: no number of seconds in '%s'", argument);
  parsed.initial = std::chrono::seconds(value);
  if (*rest == '-') {
    rest++;
    if (!number(rest, value) || value < parsed.initial.count())
      return apr_psprintf(pool, "RequestReadTimeout: the maximum in '%s' must be a number above the first", argument);
    parsed.maximum = std::chrono::seconds(value);
  }
  if (*rest == ',') {
    rest++;
    constexpr apr_size_t kKeyLength = 8;
    if (strncasecmp(rest, "minrate=", kKeyLength) != 0)
      return apr_psprintf(pool, "RequestReadTimeout: expected MinRate= in '%s'", argument);
    rest += kKeyLength;
    if (!number(rest, value) || value == 0)
      return apr_psprintf(pool, "RequestReadTimeout: MinRate in '%s' must be a positive number", argument);
    parsed.min_rate = static_cast<unsigned>(value);
  } else if (parsed.maximum.count() > 0) {
    return apr_psprintf(pool, "RequestReadTimeout: a range in '%s' needs MinRate", argument);
  }
  if (*rest) return apr_psprintf(pool, "RequestReadTimeout: '%s' left over in '%s'", rest, argument);
  *stage = parsed;
  return nullptr;
}

}  // namespace navajo::glue

extern "C" void* navajo_create_server_config(apr_pool_t* pool, server_rec*) {
  void* memory = apr_palloc(pool, sizeof(navajo::glue::ServerConfig));
  return new (memory) navajo::glue::ServerConfig;  // trivially destructible: goes with the pool
}

extern "C" void* navajo_merge_server_config(apr_pool_t* pool, void* base_config, void* overriding_config) {
  using navajo::glue::ServerConfig;
  const auto& base = *static_cast<ServerConfig*>(base_config);
  const auto& over = *static_cast<ServerConfig*>(overriding_config);
  auto* merged = new (apr_palloc(pool, sizeof(ServerConfig))) ServerConfig(over);
  if (!over.handshake_set) merged->handshake = base.handshake;
  if (!over.header_set) merged->header = base.header;
  if (!over.body_set) merged->body = base.body;
  if (!over.trusted_proxies) merged->trusted_proxies = base.trusted_proxies;
  if (over.reactor == ServerConfig::Reactor::unset) merged->reactor = base.reactor;
  return merged;
}
