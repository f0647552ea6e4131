// What configuration calls a regular expression: [<type>/]<expression>[/], of one of three types.
//   PCRE/x/, PCRE(da,utf8,cs,ci)/x/   Perl-compatible, found anywhere in the subject. da: a dot matches a newline;
//                                     ci: without case, also where cs stands beside it
//   CIDR/10.4.12.0/24/, CIDR/::1/     the subject is an address of that network, IPv4 or IPv6
//   GLOB/**/*.css/                    the whole subject: ? one character, * a run of them (a path segment that is only
//                                     a star is not empty), neither of them a slash; ** a run of anything; / one or
//                                     more slashes, any number (also none) at the end; [a-c], [!a-c]; \ takes the
//                                     next character as it is
// Without a type it is the default of whoever asks, and all of the text is the expression; the closing slash belongs to
// a type. Made in the parent while the configuration is read; search() is called by all threads and fibers at once
// and takes no memory. Facts: nevisproxy-filters-ops.md 1.4.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "navajo/base/result.h"
#include "navajo/config/regex.h"

namespace navajo::config {

enum class PatternType : uint8_t { pcre, cidr, glob };

// What a text without a type is.
struct PatternDefault {
  PatternType type = PatternType::pcre;
  RegexOptions options = {};  // of pcre
};

// The bytes of an address, an IPv4 one in its IPv6-mapped form. None: it is no address.
std::optional<std::array<uint8_t, 16>> address_bytes(std::string_view text);

// An IPv4 or IPv6 network. An IPv4 address written as an IPv6 one (::ffff:10.0.0.1) is the IPv4 address.
class Network {
 public:
  static base::Result<Network> parse(std::string_view text);
  bool contains(std::string_view address) const;
  // IPv4 in its IPv6-mapped form; only the first bits() of them count.
  const std::array<uint8_t, 16>& bytes() const { return bytes_; }
  int bits() const { return bits_; }

 private:
  std::array<uint8_t, 16> bytes_{};
  int bits_ = 0;  // of all 128
};

// What a GLOB is as a PCRE, in which a dot has to match a newline (RegexOptions::dot_all).
base::Result<std::string> glob_expression(std::string_view glob);

class Pattern {
 public:
  static base::Result<Pattern> parse(std::string_view text, PatternDefault otherwise = {});
  SearchResult search(std::string_view subject) const;
  // With the groups of a PCRE (config::Regex); a GLOB or CIDR has one, the subject.
  SearchResult search(std::string_view subject, std::span<std::string_view> groups) const;
  size_t groups() const;

 private:
  explicit Pattern(std::variant<Regex, Network> what) : what_(std::move(what)) {}
  std::variant<Regex, Network> what_;
};

}  // namespace navajo::config
