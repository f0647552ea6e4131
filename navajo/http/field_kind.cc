#include "navajo/http/field_kind.h"

#include <array>

#include "navajo/http/syntax.h"

namespace navajo::http {
namespace {

struct Row {
  std::string_view name;  // lower case
  FieldKind kind;
};

// Ordered by length; kFirst finds the first row of each.
constexpr std::array kRows = {
    Row{"te", FieldKind::te},
    Row{"via", FieldKind::via},
    Row{"host", FieldKind::host},
    Row{"proxy", FieldKind::proxy},
    Row{"expect", FieldKind::expect},
    Row{"trailer", FieldKind::trailer},
    Row{"upgrade", FieldKind::upgrade},
    Row{"location", FieldKind::location},
    Row{"forwarded", FieldKind::forwarded},
    Row{"x-real-ip", FieldKind::x_real_ip},
    Row{"connection", FieldKind::connection},
    Row{"keep-alive", FieldKind::keep_alive},
    Row{"content-type", FieldKind::content_type},
    Row{"content-length", FieldKind::content_length},
    Row{"http2-settings", FieldKind::http2_settings},
    Row{"x-forwarded-for", FieldKind::x_forwarded_for},
    Row{"content-location", FieldKind::content_location},
    Row{"proxy-connection", FieldKind::proxy_connection},
    Row{"x-forwarded-host", FieldKind::x_forwarded_host},
    Row{"transfer-encoding", FieldKind::transfer_encoding},
    Row{"x-forwarded-proto", FieldKind::x_forwarded_proto},
    Row{"proxy-authenticate", FieldKind::proxy_authenticate},
    Row{"proxy-authorization", FieldKind::proxy_authorization},
    Row{"proxy-authentication-info", FieldKind::proxy_authentication_info},
};
constexpr size_t kLongest = 25;

constexpr std::array<uint8_t, kLongest + 2> make_first() {
  std::array<uint8_t, kLongest + 2> first{};
  for (size_t length = 0; length < first.size(); length++) {
    size_t row = 0;
    while (row < kRows.size() && kRows[row].name.size() < length) row++;
    first[length] = static_cast<uint8_t>(row);
  }
  return first;
}
constexpr auto kFirst = make_first();

bool same_folded(std::string_view name, std::string_view known) {
  for (size_t i = 0; i < known.size(); i++)
    if ((name[i] == '_' ? '-' : lower(name[i])) != known[i]) return false;
  return true;
}

}  // namespace

FieldKind field_kind(std::string_view name, Spelling spelling) {
  if (name.size() > kLongest) return FieldKind::other;
  for (size_t row = kFirst[name.size()]; row < kFirst[name.size() + 1]; row++) {
    const std::string_view known = kRows[row].name;
    if (lower(name[0]) != known[0]) continue;
    if (base::same_ignoring_case(name, known) || (spelling == Spelling::folded && same_folded(name, known)))
      return kRows[row].kind;
  }
  return FieldKind::other;
}

}  // namespace navajo::http
