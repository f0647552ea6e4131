#include "navajo/cli/migration/httpd_text.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <string_view>

#include "navajo/config/text.h"

namespace navajo::cli::migration {
namespace {

class HttpdReader {
 public:
  explicit HttpdReader(const std::string& path) : base_(SourceFiles::folder_of(path)) {}

  base::Status<> read(const std::string& path, size_t depth, const Place& from) {
    auto text = files_.read(path, depth, from);
    if (!text.ok()) return base::Failed{text.error()};
    const size_t outside = open_.size();
    Place where{std::make_shared<const std::string>(path), 0};
    std::string line;
    int begin = 0, number = 0;
    for (size_t at = 0; at < text->size();) {
      const size_t end = std::min(text->find('\n', at), text->size());
      std::string_view part = std::string_view(*text).substr(at, end - at);
      at = end + 1;
      number++;
      if (part.ends_with('\r')) part.remove_suffix(1);
      if (line.empty()) begin = number;
      const bool goes_on = part.ends_with('\\') && at < text->size();
      if (goes_on) part.remove_suffix(1);
      line += part;
      if (goes_on) continue;
      where.line = begin;
      if (auto taken = take_line(line, where, depth, outside); !taken) return taken;
      line.clear();
    }
    if (open_.size() > outside)
      return source_fault(open_.back().where, "<" + open_.back().name + "> has no end in this file");
    return base::Done{};
  }

  std::vector<Directive> done() && { return std::move(top_); }

 private:
  std::vector<Directive>& current() { return open_.empty() ? top_ : open_.back().block; }

  base::Status<> take_line(const std::string& line, const Place& where, size_t depth, size_t outside) {
    std::vector<std::string> words;
    const size_t begin = line.find_first_not_of(" \t");
    if (begin == std::string::npos || line[begin] == '#') return base::Done{};
    std::string_view rest = std::string_view(line).substr(begin);
    while (rest.ends_with(' ') || rest.ends_with('\t')) rest.remove_suffix(1);
    const bool section = rest.starts_with('<');
    if (section) {
      if (!rest.ends_with('>')) return source_fault(where, "'<' has no '>'");
      rest = rest.substr(1, rest.size() - 2);
    }
    if (auto split = split_words(rest, where, words); !split) return split;
    if (words.empty()) return source_fault(where, "a section has a name");
    if (auto counted = files_.count_directive(where); !counted) return counted;
    Directive one{.name = config::lower_case(words[0]),
                  .words = {words.begin() + 1, words.end()},
                  .where = where,
                  .has_block = section,
                  .block = {}};
    if (section && one.name.starts_with('/')) return close(one, outside);
    if (section) {
      if (open_.size() >= SourceFiles::kMostDepth) return source_fault(where, "sections are more than 16 deep");
      open_.push_back(std::move(one));
      return base::Done{};
    }
    if (one.name == "include" || one.name == "includeoptional") return include(one, depth);
    if (one.name == "define" && !one.words.empty()) defined_[one.words[0]] = one.word(1);
    if (one.name == "serverroot" && !one.words.empty()) base_ = one.words[0];
    current().push_back(std::move(one));
    return base::Done{};
  }

  base::Status<> close(const Directive& end, size_t outside) {
    if (open_.size() <= outside || "/" + open_.back().name != end.name)
      return source_fault(end.where, "<" + end.name + "> ends nothing that is open");
    Directive whole = std::move(open_.back());
    open_.pop_back();
    current().push_back(std::move(whole));
    return base::Done{};
  }

  base::Status<> include(const Directive& of, size_t depth) {
    if (of.words.size() != 1) return source_fault(of.where, "'Include' wants one file");
    std::string pattern = of.words[0];
    std::error_code error;
    if (std::filesystem::is_directory(SourceFiles::within(base_, pattern), error)) pattern += "/*";
    for (const std::string& path : SourceFiles::matching(pattern, base_)) {
      if (of.name == "includeoptional" && !std::filesystem::exists(path, error)) continue;
      if (auto read = this->read(path, depth + 1, of.where); !read) return read;
    }
    return base::Done{};
  }

  base::Status<> split_words(std::string_view line, const Place& where, std::vector<std::string>& words) {
    for (size_t i = 0; i < line.size();) {
      if (line[i] == ' ' || line[i] == '\t') {
        i++;
        continue;
      }
      std::string word;
      const char quote = line[i] == '"' || line[i] == '\'' ? line[i++] : '\0';
      for (;; i++) {
        if (i == line.size()) {
          if (quote) return source_fault(where, std::string("the quote ") + quote + " has no end");
          break;
        }
        if (line[i] == '\0') return source_fault(where, "there is a zero byte");
        if (quote ? line[i] == quote : line[i] == ' ' || line[i] == '\t') {
          i++;
          break;
        }
        if (quote && line[i] == '\\' && i + 1 < line.size() && (line[i + 1] == quote || line[i + 1] == '\\')) i++;
        word += line[i];
      }
      words.push_back(with_defines(word));
    }
    return base::Done{};
  }

  std::string with_defines(const std::string& word) const {
    std::string out;
    for (size_t at = 0; at < word.size();) {
      const size_t begin = word.find("${", at);
      const size_t end = begin == std::string::npos ? begin : word.find('}', begin);
      const auto known =
          end == std::string::npos ? defined_.end() : defined_.find(word.substr(begin + 2, end - begin - 2));
      if (known == defined_.end()) return out + word.substr(at);
      out += word.substr(at, begin - at) + known->second;
      at = end + 1;
    }
    return out;
  }

  SourceFiles files_;
  std::string base_;
  std::map<std::string, std::string, std::less<>> defined_;
  std::vector<Directive> top_, open_;
};

}  // namespace

base::Result<std::vector<Directive>> read_httpd(const std::string& path) {
  HttpdReader reader(path);
  if (auto read = reader.read(path, 0, {}); !read) return base::Failed{read.error()};
  return std::move(reader).done();
}

}  // namespace navajo::cli::migration
