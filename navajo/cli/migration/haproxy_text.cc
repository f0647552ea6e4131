#include "navajo/cli/migration/haproxy_text.h"

#include <algorithm>
#include <string_view>

namespace navajo::cli::migration {
namespace {

constexpr std::string_view kSections[] = {"global",    "defaults",  "frontend",    "backend",    "listen",
                                          "peers",     "resolvers", "mailers",     "program",    "userlist",
                                          "cache",     "fcgi-app",  "http-errors", "ring",       "log-forward",
                                          "crt-store", "traces",    "acme",        "log-profile"};

// The words of one line; the comment goes.
base::Status<> split_line(std::string_view line, const Place& where, std::vector<std::string>& words) {
  std::string word;
  bool in_word = false;
  for (size_t i = 0; i < line.size(); i++) {
    const char byte = line[i];
    if (byte == '\0') return source_fault(where, "there is a zero byte");
    if (byte == '#') break;
    if (byte == ' ' || byte == '\t' || byte == '\r') {
      if (in_word) words.push_back(std::move(word));
      word.clear();
      in_word = false;
      continue;
    }
    in_word = true;
    if (byte == '\\' && i + 1 < line.size()) {
      word += line[++i];
    } else if (byte == '\'' || byte == '"') {
      for (i++; i < line.size() && line[i] != byte; i++) {
        if (byte == '"' && line[i] == '\\' && i + 1 < line.size()) i++;
        word += line[i];
      }
      if (i == line.size()) return source_fault(where, std::string("the quote ") + byte + " has no end");
    } else {
      word += byte;
    }
  }
  if (in_word) words.push_back(std::move(word));
  return base::Done{};
}

}  // namespace

base::Result<std::vector<Directive>> read_haproxy(const std::string& path) {
  SourceFiles files;
  const auto text = files.read(path, 0, {});
  if (!text.ok()) return base::Failed{text.error()};
  const auto file = std::make_shared<const std::string>(path);
  std::vector<Directive> out;
  Place where{file, 0};
  for (size_t at = 0; at < text->size();) {
    const size_t end = std::min(text->find('\n', at), text->size());
    where.line++;
    std::vector<std::string> words;
    if (auto split = split_line(std::string_view(*text).substr(at, end - at), where, words); !split)
      return base::Failed{split.error()};
    at = end + 1;
    if (words.empty()) continue;
    if (auto counted = files.count_directive(where); !counted) return base::Failed{counted.error()};
    Directive one{
        .name = words[0], .words = {words.begin() + 1, words.end()}, .where = where, .has_block = false, .block = {}};
    if (std::find(std::begin(kSections), std::end(kSections), one.name) != std::end(kSections)) {
      one.has_block = true;
      out.push_back(std::move(one));
    } else if (out.empty()) {
      return source_fault(where, "'" + one.name + "' stands in no section");
    } else {
      out.back().block.push_back(std::move(one));
    }
  }
  return out;
}

}  // namespace navajo::cli::migration
