// A url-pattern of web.xml: exact ("/a/b"), prefix ("/a/*"), extension ("*.jsp": the last segment ends so, case counts)
// or everything ("/", "/*"). Immutable; any thread.
#pragma once

#include <string>
#include <string_view>

#include "navajo/base/result.h"

namespace navajo::container {

class UrlPattern {
 public:
  static base::Result<UrlPattern> parse(std::string_view text);

  // path: decoded, normalised, below the context, starts with "/".
  bool matches(std::string_view path) const {
    if (kind_ == Kind::everything) return true;
    if (kind_ == Kind::extension) return path.ends_with(path_);
    if (path.substr(0, path_.size()) != path_) return false;
    return path.size() == path_.size() || (kind_ == Kind::prefix && path[path_.size()] == '/');
  }
  // Exact patterns come before prefixes, these before extensions, longer ones before shorter ones, everything last
  // (Servlet 2.3 SRV.11.1).
  bool before(const UrlPattern& other) const {
    return kind_ != other.kind_ ? kind_ < other.kind_ : path_.size() > other.path_.size();
  }
  bool operator==(const UrlPattern& other) const { return kind_ == other.kind_ && path_ == other.path_; }
  // Some path matches both.
  bool overlaps(const UrlPattern& other) const;

  // What the pattern takes of a path it matches; the rest is path info. An extension takes all.
  size_t length(std::string_view path) const { return kind_ == Kind::extension ? path.size() : path_.size(); }
  // A path it matches: "/a" for "/a/*".
  std::string example() const {
    return path_.empty() ? "/" : kind_ == Kind::extension ? "/x" + path_ : path_;
  }
  std::string text() const;

 private:
  enum class Kind : unsigned char { exact, prefix, extension, everything };
  UrlPattern(Kind kind, std::string_view path) : kind_(kind), path_(path) {}

  Kind kind_;
  std::string path_;  // without "/*"; of an extension ".jsp"
};

}  // namespace navajo::container
