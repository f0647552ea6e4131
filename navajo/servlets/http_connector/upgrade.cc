#include "navajo/servlets/http_connector/upgrade.h"

#include <openssl/evp.h>

#include <algorithm>
#include <array>

#include "navajo/config/text.h"
#include "navajo/http/syntax.h"
#include "navajo/observe/log.h"
#include "navajo/observe/status_segment.h"
#include "navajo/servlets/http_connector/upgraded_tunnel.h"

namespace navajo::servlets::http_connector {
namespace {

using connector::Cause;
using connector::Failure;
using http::FieldKind;

constexpr size_t kKeySize = 24;  // 16 bytes, base64

bool lists(std::string_view list, std::string_view wanted) {
  http::ListWalker walk(list);
  while (const auto element = walk.next())
    if (http::same_name(*element, wanted)) return true;
  return false;
}

bool any_lists(const http::Headers& headers, std::string_view name, std::string_view wanted) {
  bool found = false;
  headers.for_each([&](std::string_view field, std::string_view value) {
    found = found || (http::same_name(field, name) && lists(value, wanted));
    return !found;
  });
  return found;
}

bool is_key(std::string_view text) {
  const auto is_digit = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '/';
  };
  return text.size() == kKeySize && text.ends_with("==") &&
         std::all_of(text.begin(), text.end() - 2, is_digit);
}

// A port that the scheme has anyway need not be said.
std::string_view without_usual_port(std::string_view authority, std::string_view scheme) {
  const std::string_view port = scheme == "https" ? ":443" : ":80";
  if (authority.ends_with(port)) authority.remove_suffix(port.size());
  return authority;
}

}  // namespace

std::string websocket_accept(std::string_view key) {
  const std::string text = std::string(key) + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  if (EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha1(), nullptr) != 1) return {};
  std::array<unsigned char, 4 * (EVP_MAX_MD_SIZE / 3 + 1) + 1> encoded{};
  const int length = EVP_EncodeBlock(encoded.data(), digest.data(), static_cast<int>(size));
  return {reinterpret_cast<const char*>(encoded.data()), static_cast<size_t>(length)};
}

// ---------------------------------------------------------------- before the backend

api::Outcome Upgrade::look() {
  if (settings_.protocols.empty()) return api::Outcome::answered();
  const http::Headers& headers = request_.headers();
  if (!any_lists(headers, "Connection", "upgrade") || request_.body().present()) return api::Outcome::answered();
  for (const std::string& protocol : settings_.protocols) {
    if (!any_lists(headers, "Upgrade", protocol)) continue;
    protocol_ = protocol;
    break;
  }
  if (protocol_.empty()) return api::Outcome::answered();
  if (protocol_ == kWebSocket) {
    key_ = headers.get("Sec-WebSocket-Key").value_or("");
    if (request_.method() != "GET" || !is_key(key_)) return refuse(400, "upgrade_malformed", "no GET with a key");
    if (!is_from_allowed_origin()) return refuse(403, "origin_refused", "not an origin of Upgrade.Origins");
  }
  if (!response_.can_upgrade())
    return refuse(501, "upgrade_impossible", "the client's connection cannot become a tunnel");
  slot_ = settings_.slots->try_open(request_.client_address());
  if (!slot_) return refuse(503, "too_many_tunnels", tunnel::word(slot_.refusal()));
  return api::Outcome::answered();
}

// Cross-site WebSocket hijacking: any page can open one here, and the browser sends this site's cookies with it.
bool Upgrade::is_from_allowed_origin() {
  if (settings_.any_origin) return true;
  const auto given = request_.headers().get("Origin");
  if (!given) return true;
  const std::string origin = config::lower_case(*given);
  const size_t end = origin.find("://");
  if (settings_.own_origin && end != std::string::npos) {
    const std::string scheme = origin.substr(0, end);
    const std::string own = config::lower_case(request_.authority());
    if (without_usual_port(std::string_view(origin).substr(end + 3), scheme) == without_usual_port(own, scheme))
      return true;
  }
  return std::any_of(settings_.origins.begin(), settings_.origins.end(), [&](const config::Pattern& pattern) {
    return pattern.search(origin) == config::SearchResult::found;
  });
}

api::Outcome Upgrade::refuse(int status, const char* cause, const char* why) {
  observe::count(observe::Counter::upgrades_refused);
  const std::string_view path = request_.path().substr(0, 200);
  observe::log(observe::id::upgrade_refused,
               "upgrade to %.*s of %.*s refused: %s (%s), answering %d; %.*s, request %.*s",
               static_cast<int>(protocol_.size()), protocol_.data(),
               static_cast<int>(request_.client_address().size()), request_.client_address().data(), cause, why, status,
               static_cast<int>(path.size()), path.data(), static_cast<int>(request_.id().size()),
               request_.id().data());
  return api::Outcome::refused(status, cause);
}

// ---------------------------------------------------------------- after its 101

// A 101 for anything else than what was asked for would make two sides speak different protocols (RFC 9110 15.2.2).
Failure Upgrade::check(const http::ResponseHead& head) const {
  bool switches = false, says_upgrade = false;
  size_t protocols = 0, accepts = 0;
  std::string_view accept;
  for (size_t i = 0; i < head.size(); i++) {
    const http::Field field = head[i];
    if (field.kind == FieldKind::upgrade) {
      protocols++;
      switches = http::same_name(http::trim(field.value), protocol_);
    } else if (field.kind == FieldKind::connection) {
      says_upgrade |= lists(field.value, "upgrade");
    } else if (http::same_name(field.name, "Sec-WebSocket-Accept")) {
      accepts++;
      accept = http::trim(field.value);
    }
  }
  if (!switches || protocols != 1 || !says_upgrade) return {Cause::malformed_response, "101 to another protocol"};
  if (protocol_ == kWebSocket && (accepts != 1 || accept != websocket_accept(key_)))
    return {Cause::malformed_response, "101 with a wrong Sec-WebSocket-Accept"};
  return {};
}

Failure Upgrade::complete(connector::Exchange& exchange, connector::Lease& lease, const char* backend,
                          std::shared_ptr<const void> held) {
  const http::ResponseHead& head = exchange.head();
  if (const Failure failure = check(head); failure.failed()) {
    observe::count(observe::Counter::upgrades_refused);
    return failure;
  }
  response_.set_status(head.status(), head.reason());
  for (size_t i = 0; i < head.size(); i++)
    if (!http::is_hop_by_hop(head[i].kind) && head[i].kind != FieldKind::content_length)
      response_.headers().add(head[i].name, head[i].value);
  response_.headers().set("Upgrade", protocol_);
  response_.headers().set("Connection", "Upgrade");
  std::unique_ptr<api::SessionWatch> watch;
  if (settings_.session_interval.count() > 0)
    if (api::Session* session = request_.session(api::SessionUse::existing)) watch = session->watch();
  std::string rest = exchange.take_rest();
  auto connection = lease.take_connection();
  connection->stream.unread(std::move(rest));
  const auto status = response_.upgrade(std::make_unique<UpgradedTunnel>(
      settings_, protocol_, std::move(connection), std::move(slot_), std::move(watch), request_, backend,
      std::move(held)));
  if (status == api::WriteStatus::ok) return {};
  return {Cause::client_gone, "while it was told of the upgrade"};
}

}  // namespace navajo::servlets::http_connector
