#include "navajo/cli/migration/haproxy_conditions.h"

#include "navajo/cli/migration/values.h"
#include "navajo/config/text.h"

namespace navajo::cli::migration {

// criterion [-i] [-m beg|str] value...
bool HaproxyAcls::add_test(std::span<const std::string> words, RoutedPart& into) {
  if (words.empty()) return false;
  const std::string& what = words[0];
  bool begins = what == "path_beg";
  const bool path = begins || what == "path";
  const bool host = what == "hdr(host)" || what == "req.hdr(host)" || what == "ssl_fc_sni";
  size_t i = 1;
  for (; i < words.size() && words[i].starts_with('-'); i++) {
    // Paths are told apart by case here.
    if (words[i] == "-i" && host) continue;
    if (words[i] != "-m" || i + 1 == words.size()) return false;
    if (words[++i] == "beg" && path)
      begins = true;
    else if (words[i] != "str")
      return false;
  }
  if (i == words.size() || (!path && !host) || (path && !into.paths.empty() && into.exact == begins)) return false;
  for (; i < words.size(); i++) {
    if (path ? !words[i].starts_with('/') || words[i].find_first_of("*\"<>&") != std::string::npos
             : !is_host_name(words[i]))
      return false;
    (path ? into.paths : into.hosts).push_back(path ? words[i] : config::lower_case(words[i]));
  }
  if (path) into.exact = !begins;
  return true;
}

// Several lines of one name: any of them.
void HaproxyAcls::add(const Directive& acl) {
  const auto known = known_.find(acl.word(0));
  RoutedPart part;
  if (known != known_.end() && known->second) part = *known->second;
  const bool had_path = !part.paths.empty(), had_host = !part.hosts.empty();
  const bool good = (known == known_.end() || known->second) && acl.words.size() > 1 &&
                    add_test(std::span(acl.words).subspan(1), part) &&
                    // A host or a path is none of the two alone.
                    !(had_path && !had_host && !part.hosts.empty()) && !(had_host && !had_path && !part.paths.empty());
  known_[acl.word(0)] = good ? std::optional(part) : std::nullopt;
}

std::optional<RoutedPart> HaproxyAcls::read(std::span<const std::string> words) const {
  RoutedPart out;
  for (size_t i = 0; i < words.size(); i++) {
    std::optional<RoutedPart> part;
    if (words[i] == "{") {
      size_t end = i + 1;
      while (end < words.size() && words[end] != "}") end++;
      RoutedPart test;
      if (end < words.size() && add_test(words.subspan(i + 1, end - i - 1), test)) part = test;
      i = end;
    } else if (const auto known = known_.find(words[i]); known != known_.end()) {
      part = known->second;
    }
    if (!part || (!part->hosts.empty() && !out.hosts.empty()) || (!part->paths.empty() && !out.paths.empty()))
      return std::nullopt;
    if (!part->hosts.empty()) out.hosts = part->hosts;
    if (!part->paths.empty()) {
      out.paths = part->paths;
      out.exact = part->exact;
    }
  }
  if (out.hosts.empty() && out.paths.empty()) return std::nullopt;
  return out;
}

}  // namespace navajo::cli::migration
