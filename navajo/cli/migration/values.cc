#include "navajo/cli/migration/values.h"

#include <cctype>
#include <charconv>

#include "navajo/config/text.h"

namespace navajo::cli::migration {
namespace {

struct UnitRow {
  std::string_view word;
  uint64_t ms;
};
constexpr UnitRow kUnits[] = {{"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}};

}  // namespace

std::optional<uint64_t> natural(std::string_view text, uint64_t maximum) {
  uint64_t value = 0;
  const auto [at, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || at != text.data() + text.size() || value > maximum) return std::nullopt;
  return value;
}

std::optional<std::string> time_text(std::string_view text, std::string_view unit) {
  uint64_t total = 0;
  if (text.empty()) return std::nullopt;
  while (!text.empty()) {
    size_t digits = 0;
    while (digits < text.size() && isdigit(static_cast<unsigned char>(text[digits]))) digits++;
    const auto number = natural(text.substr(0, digits), 1'000'000'000);
    if (!number) return std::nullopt;
    text.remove_prefix(digits);
    size_t letters = 0;
    while (letters < text.size() && isalpha(static_cast<unsigned char>(text[letters]))) letters++;
    const std::string_view word = letters == 0 ? unit : text.substr(0, letters);
    text.remove_prefix(letters);
    const UnitRow* found = nullptr;
    for (const UnitRow& row : kUnits)
      if (row.word == word) found = &row;
    if (!found) return std::nullopt;
    total += *number * found->ms;
  }
  if (total == 0 || total > 86'400'000) return std::nullopt;
  return total % 1000 == 0 ? std::to_string(total / 1000) + "s" : std::to_string(total) + "ms";
}

std::optional<std::string> size_text(std::string_view text) {
  std::string unit;
  if (!text.empty() && isalpha(static_cast<unsigned char>(text.back()))) {
    unit = static_cast<char>(toupper(static_cast<unsigned char>(text.back())));
    text.remove_suffix(1);
    if (unit != "K" && unit != "M" && unit != "G") return std::nullopt;
  }
  const auto number = natural(text, uint64_t{1} << 50);
  if (!number) return std::nullopt;
  return *number == 0 ? "any" : std::to_string(*number) + unit;
}

std::optional<TargetUrl> target_url(std::string_view text) {
  const size_t colon = text.find("://");
  if (colon == std::string_view::npos || text.find('@') != std::string_view::npos) return std::nullopt;
  TargetUrl out{.scheme = config::lower_case(text.substr(0, colon)), .place = {}, .path = {}};
  text.remove_prefix(colon + 3);
  const size_t slash = std::min(text.find('/'), text.size());
  out.place = text.substr(0, slash);
  out.path = text.substr(slash);
  if (out.place.empty() || out.path.find_first_of("?#$ ") != std::string::npos) return std::nullopt;
  return out;
}

bool is_host_name(std::string_view text) {
  if (text.empty() || text.size() > 253 || text.front() == '.' || text.front() == '-') return false;
  for (const char byte : text)
    if (!isalnum(static_cast<unsigned char>(byte)) && byte != '.' && byte != '-' && byte != '_') return false;
  return true;
}

std::optional<std::string> address_text(std::string_view text, int port) {
  if (text.starts_with("unix:/")) return std::string(text);
  std::string_view host = text;
  std::string number = std::to_string(port);
  const size_t close = text.starts_with('[') ? text.find(']') : 0;
  if (close == std::string_view::npos) return std::nullopt;
  if (const size_t colon = text.find(':', close); colon != std::string_view::npos) {
    host = text.substr(0, colon);
    number = text.substr(colon + 1);
    if (const auto value = natural(number, 65535); !value || *value == 0) return std::nullopt;
  }
  const bool bracketed = close > 0 && host.ends_with(']');
  if (bracketed ? host.find_first_not_of("0123456789abcdefABCDEF:.[]") != host.npos : !is_host_name(host))
    return std::nullopt;
  return std::string(host) + ":" + number;
}

std::optional<Endpoint> endpoint(std::string_view text, int usual_port) {
  Endpoint out{.address = "0.0.0.0", .port = usual_port};
  if (const auto bare = natural(text, 65535)) {
    out.port = static_cast<int>(*bare);
    return *bare == 0 ? std::nullopt : std::optional(out);
  }
  if (text.starts_with("*:") || text.starts_with(':')) text = text.substr(text.find(':') + 1);
  if (const auto bare = natural(text, 65535); bare && *bare != 0) {
    out.port = static_cast<int>(*bare);
    return out;
  }
  if (text == "*" || text == "_default_") return out;
  const auto whole = address_text(text, usual_port);
  if (!whole || whole->starts_with("unix:")) return std::nullopt;
  const size_t colon = whole->rfind(':');
  out.address = whole->substr(0, colon);
  out.port = static_cast<int>(*natural(whole->substr(colon + 1), 65535));
  return out;
}

}  // namespace navajo::cli::migration
