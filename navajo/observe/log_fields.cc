#include "navajo/observe/log_fields.h"

#include <charconv>

#include "navajo/base/ascii.h"

namespace navajo::observe {
namespace {

constexpr size_t kValueLimit = 1024;
constexpr char kDigits[] = "0123456789abcdef";

bool g_secrets_shown = false;

// Whoever reads one of these can be somebody else.
constexpr std::string_view kSecrets[] = {"Authorization", "Proxy-Authorization", "Cookie", "Set-Cookie",
                                         "X-Auth-Token",  "X-Api-Key",           "Authentication-Info"};

}  // namespace

void show_secret_headers(bool shown) { g_secrets_shown = shown; }

bool is_secret_header(std::string_view name) {
  for (const std::string_view secret : kSecrets)
    if (base::same_ignoring_case(name, secret)) return true;
  return false;
}

LogFields& LogFields::text(std::string_view plain) {
  for (const char c : plain) put(c);
  return *this;
}

void LogFields::escaped(std::string_view value) {
  const bool cut = value.size() > kValueLimit;
  for (const char character : value.substr(0, kValueLimit)) {
    const unsigned char c = static_cast<unsigned char>(character);
    if (c >= 0x20 && c != 0x7f && c != '\'') {
      put(character);
      continue;
    }
    const char bytes[] = {'\\', 'x', kDigits[c >> 4], kDigits[c & 15]};
    text({bytes, sizeof bytes});
  }
  if (cut) text("...");
}

LogFields& LogFields::quoted(std::string_view value) {
  put('\'');
  escaped(value);
  put('\'');
  return *this;
}

LogFields& LogFields::field(std::string_view name, std::string_view value) {
  put(' ');
  text(name);
  put('=');
  return quoted(value);
}

LogFields& LogFields::field(std::string_view name, int64_t number) {
  char digits[24];
  const char* end = std::to_chars(digits, digits + sizeof digits, number).ptr;
  return field(name, std::string_view(digits, end - digits));
}

LogFields& LogFields::header(std::string_view name, std::string_view value) {
  escaped(name);
  text(": ");
  if (g_secrets_shown || !is_secret_header(name)) {
    escaped(value);
    return *this;
  }
  char digits[24];
  const char* end = std::to_chars(digits, digits + sizeof digits, value.size()).ptr;
  return text("(").text({digits, static_cast<size_t>(end - digits)}).text(" bytes hidden)");
}

}  // namespace navajo::observe
