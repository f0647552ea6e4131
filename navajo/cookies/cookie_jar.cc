#include "navajo/cookies/cookie_jar.h"

#include <algorithm>
#include <charconv>
#include <cstring>

#include "navajo/http/headers.h"
#include "navajo/http/syntax.h"

namespace navajo::cookies {
namespace {

// "navajo.cookie.<scope>;<name>;<path>", or of a shared one "navajo.cookie.;<domain>;<name>;<path>". No part can hold a
// semicolon, so no scope's names begin like another's. The value is "<deadline> <value>".
constexpr std::string_view kPrefix = "navajo.cookie.", kShared = "navajo.cookie.;";
constexpr size_t kLongestKey = 900;  // a store takes names up to 1024

using std::chrono::milliseconds;

bool is_plain(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' || c == '_' ||
         c == '-' || c == '/';
}

std::string_view copy_of(std::string_view text, std::pmr::memory_resource& memory) {
  if (text.empty()) return {};
  char* const bytes = static_cast<char*>(memory.allocate(text.size(), 1));
  memcpy(bytes, text.data(), text.size());
  return {bytes, text.size()};
}

// Off the front, up to the separator, which goes as well.
std::string_view take(std::string_view& text, char separator) {
  const std::string_view part = text.substr(0, text.find(separator));
  text.remove_prefix(std::min(text.size(), part.size() + 1));
  return part;
}

struct Content {
  int64_t deadline = 0;
  std::string_view value;
  bool expired(int64_t now) const { return deadline != 0 && deadline <= now; }
};

Content read_content(std::string_view text) {
  Content content;
  const std::string_view number = take(text, ' ');
  // What is no number is none of ours: as good as expired.
  if (std::from_chars(number.data(), number.data() + number.size(), content.deadline).ec != std::errc())
    content.deadline = 1;
  content.value = text;
  return content;
}

bool begins_without_case(std::string_view text, std::string_view with) {
  return text.size() >= with.size() && http::same_name(text.substr(0, with.size()), with);
}

// A name keeps what its prefix promises (RFC 6265bis section 4.1.3).
bool keeps_promise(const http::SetCookie& cookie) {
  if (begins_without_case(cookie.name, "__Host-")) return cookie.secure && cookie.path == "/" && cookie.domain.empty();
  return !begins_without_case(cookie.name, "__Secure-") || cookie.secure;
}

// A Domain that other backends may be below: no top level domain, no address, and the backend itself is below it.
bool is_shared(const http::SetCookie& cookie, const Origin& origin) {
  const std::string_view domain = cookie.domain;
  return !domain.empty() && http::is_host(domain) && domain.find_first_of(":[") == std::string_view::npos &&
         domain.find('.') != std::string_view::npos && domain.back() != '.' &&
         domain.find_first_not_of("0123456789.") != std::string_view::npos &&
         http::cookie_domain_matches(origin.host, domain);
}

}  // namespace

const char* text_of(Kept kept) {
  switch (kept) {
    case Kept::stored: return "stored";
    case Kept::removed: return "removed";
    case Kept::bad_prefix: return "it does not keep what __Host- or __Secure- in its name promises";
    case Kept::too_long: return "it is too long";
    case Kept::too_many: return "the session holds too many cookies";
    case Kept::refused_by_store: return "the session takes no more";
  }
  return "";
}

CookieJar::CookieJar(std::string_view scope, JarLimits limits, const base::Clock& clock, WallClock wall)
    : own_prefix_(kPrefix), limits_(limits), clock_(&clock), wall_(wall) {
  static constexpr char kDigits[] = "0123456789ABCDEF";
  for (const char c : scope) {
    if (is_plain(c)) {
      own_prefix_ += c;
    } else {
      const unsigned char byte = static_cast<unsigned char>(c);
      own_prefix_ += {'%', kDigits[byte >> 4], kDigits[byte & 15]};
    }
  }
  own_prefix_ += ';';
}

int64_t CookieJar::now() const {
  return std::chrono::duration_cast<milliseconds>(clock_->now().time_since_epoch()).count();
}

int64_t CookieJar::deadline_of(const http::SetCookie& cookie) const {
  if (!cookie.max_age && !cookie.expires) return 0;
  const int64_t seconds =
      std::clamp<int64_t>(cookie.max_age ? *cookie.max_age : *cookie.expires - wall_(), 0, http::kLongestAge);
  return now() + seconds * 1000;
}

bool CookieJar::removes(const http::SetCookie& cookie) const {
  return cookie.max_age ? *cookie.max_age <= 0 : cookie.expires && *cookie.expires <= wall_();
}

std::pmr::string CookieJar::key_of(const http::SetCookie& cookie, const Origin& origin,
                                   std::pmr::memory_resource& memory) const {
  std::pmr::string key(&memory);
  if (is_shared(cookie, origin)) {
    key = kShared;
    for (const char c : cookie.domain) key += http::lower(c);
    key += ';';
  } else {
    key = own_prefix_;
  }
  key += cookie.name;
  key += ';';
  key += cookie.path.empty() ? http::default_cookie_path(origin.path) : cookie.path;
  return key;
}

bool CookieJar::has_room(api::Session& session, std::string_view key, size_t bytes,
                         std::pmr::memory_resource& memory) const {
  size_t cookies = 1, total = bytes;
  const int64_t time = now();
  std::pmr::vector<std::string_view> expired(&memory);
  session.for_each(kPrefix, [&](std::string_view name, std::string_view value) {
    if (name == key) return true;
    if (read_content(value).expired(time)) {
      expired.push_back(copy_of(name, memory));
      return true;
    }
    cookies++;
    total += name.size() + value.size();
    return true;
  });
  for (const std::string_view name : expired) session.remove(name);
  return cookies <= limits_.cookies && total <= limits_.total_bytes;
}

Kept CookieJar::put(api::Session& session, const http::SetCookie& cookie, const Origin& origin,
                    std::pmr::memory_resource& memory) const {
  if (!keeps_promise(cookie)) return Kept::bad_prefix;
  const std::pmr::string key = key_of(cookie, origin, memory);
  if (removes(cookie)) {
    session.remove(key);
    return Kept::removed;
  }
  if (cookie.name.size() + cookie.value.size() > limits_.cookie_bytes || key.size() > kLongestKey)
    return Kept::too_long;
  char digits[24];
  const auto end = std::to_chars(digits, digits + sizeof digits, deadline_of(cookie)).ptr;
  std::pmr::string content(digits, static_cast<size_t>(end - digits), &memory);
  content += ' ';
  content += cookie.value;
  if (const auto before = session.get(key); before && *before == content) return Kept::stored;
  if (!has_room(session, key, key.size() + content.size(), memory)) return Kept::too_many;
  return session.set(key, content) ? Kept::stored : Kept::refused_by_store;
}

std::pmr::vector<StoredCookie> CookieJar::matching(api::Session& session, const Origin& origin,
                                                   std::pmr::memory_resource& memory) const {
  struct Found {
    StoredCookie cookie;
    size_t path_length;
    bool own;
  };
  const int64_t time = now();
  std::pmr::vector<Found> found(&memory);
  std::pmr::vector<std::string_view> expired(&memory);
  session.for_each(kPrefix, [&](std::string_view key, std::string_view value) {
    const bool own = key.starts_with(own_prefix_);
    if (!own && !key.starts_with(kShared)) return true;
    std::string_view rest = key.substr(own ? own_prefix_.size() : kShared.size());
    if (!own && !http::cookie_domain_matches(origin.host, take(rest, ';'))) return true;
    const std::string_view name = take(rest, ';'), path = rest;
    const Content content = read_content(value);
    if (content.expired(time))
      expired.push_back(copy_of(key, memory));
    else if (http::cookie_path_matches(origin.path, path))
      found.push_back({{copy_of(name, memory), copy_of(content.value, memory)}, path.size(), own});
    return true;
  });
  // Another backend must not slip its cookie under the name of ours.
  std::pmr::vector<std::string_view> own_names(&memory);
  for (const Found& one : found)
    if (one.own) own_names.push_back(one.cookie.name);
  std::erase_if(found, [&](const Found& one) {
    return !one.own && std::find(own_names.begin(), own_names.end(), one.cookie.name) != own_names.end();
  });
  for (const std::string_view key : expired) session.remove(key);
  std::stable_sort(found.begin(), found.end(), [](const Found& a, const Found& b) {
    return a.path_length != b.path_length ? a.path_length > b.path_length : a.own && !b.own;
  });
  std::pmr::vector<StoredCookie> out(&memory);
  out.reserve(found.size());
  for (const Found& one : found) out.push_back(one.cookie);
  return out;
}

}  // namespace navajo::cookies
