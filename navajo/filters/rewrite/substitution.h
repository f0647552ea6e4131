// The middle of a RewriteFilter rule: what the new URI is made of. Literal text, $0 to $99 (groups of the rule's
// regular expression; "$$" is a dollar), and values SOURCE:name; (container/value_source.h). The first '?' of the text
// begins the query; a '?' out of the request never does. "-" alone leaves the URI as it is.
// Parsed while the configuration is read; make_*() is called by all threads and fibers at once.
#pragma once

#include <memory_resource>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "navajo/api/request.h"
#include "navajo/base/result.h"
#include "navajo/container/value_source.h"

namespace navajo::filters::rewrite {

class Substitution {
 public:
  // text: with "\:" already turned into ':'. groups: how many the expression has, with $0.
  static base::Result<Substitution> parse(std::string_view text, size_t groups);

  bool keeps_uri() const { return path_.empty() && !has_query_; }
  // Whether a URL to redirect to could be made: it starts with '/', http:// or https://, or a group; and its host does
  // not come from what a client can choose freely.
  std::optional<std::string> why_no_location() const;

  // Decoded, not normalised.
  std::pmr::string make_path(api::Request& request, std::span<const std::string_view> groups) const;
  // Encoded, without '?'. None: the request's own stays.
  std::optional<std::pmr::string> make_query(api::Request& request, std::span<const std::string_view> groups) const;
  // For a Location field. None when what the request brought would make it lead to another host.
  std::optional<std::pmr::string> make_location(api::Request& request, std::span<const std::string_view> groups) const;

 private:
  struct Part {
    enum class Kind : uint8_t { literal, group, value } kind;
    std::string text;                  // literal
    size_t group = 0;
    container::ValueExpression value;
    bool encoded = false;              // a value that is part of a URL already
    bool names_host = false;           // the request's own host, or a constant
  };
  using Parts = std::vector<Part>;
  static base::Status<> parse_parts(std::string_view text, size_t groups, Parts& into);
  static base::Result<Part> parse_value(std::string_view text);
  static std::pmr::string text_of(const Part& part, api::Request& request, std::span<const std::string_view> groups);

  Parts path_, query_;
  bool has_query_ = false;
};

}  // namespace navajo::filters::rewrite
