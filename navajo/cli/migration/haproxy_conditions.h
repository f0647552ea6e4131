// Which requests a `use_backend ... if ...` of HAProxy is about, as far as host names and beginnings of paths say it.
// Values; one thread.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "navajo/cli/migration/directive.h"

namespace navajo::cli::migration {

struct RoutedPart {
  std::vector<std::string> hosts;  // in small letters; empty: any
  std::vector<std::string> paths;  // empty: any
  bool exact = false;              // the paths, and not what is below
};

class HaproxyAcls {
 public:
  void add(const Directive& acl);
  // words: behind `if`. None: there is something else in it than one test of the host and one of the path, or either.
  std::optional<RoutedPart> read(std::span<const std::string> words) const;

 private:
  static bool add_test(std::span<const std::string> words, RoutedPart& into);
  std::map<std::string, std::optional<RoutedPart>, std::less<>> known_;
};

}  // namespace navajo::cli::migration
