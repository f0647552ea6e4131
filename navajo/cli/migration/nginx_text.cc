#include "navajo/cli/migration/nginx_text.h"

#include <cctype>

namespace navajo::cli::migration {
namespace {

enum class Token : uint8_t { word, semicolon, open, close, end };

class NginxReader {
 public:
  explicit NginxReader(const std::string& path) : base_(SourceFiles::folder_of(path)) {}

  base::Status<> read(const std::string& path, size_t depth, const Place& from, std::vector<Directive>& into) {
    auto text = files_.read(path, depth, from);
    if (!text.ok()) return base::Failed{text.error()};
    Cursor cursor{*text, std::make_shared<const std::string>(path)};
    return read_block(cursor, depth, 0, into);
  }

 private:
  struct Cursor {
    const std::string& text;
    std::shared_ptr<const std::string> file;
    size_t at = 0;
    int line = 1;
    std::string word;
    Place place() const { return {file, line}; }
  };

  static base::Result<Token> next(Cursor& c) {
    for (; c.at < c.text.size(); c.at++) {
      const char byte = c.text[c.at];
      if (byte == '#')
        while (c.at + 1 < c.text.size() && c.text[c.at + 1] != '\n') c.at++;
      else if (byte == '\n')
        c.line++;
      else if (!isspace(static_cast<unsigned char>(byte)))
        break;
    }
    if (c.at == c.text.size()) return Token::end;
    switch (c.text[c.at]) {
      case ';': c.at++; return Token::semicolon;
      case '{': c.at++; return Token::open;
      case '}': c.at++; return Token::close;
      default: return word(c);
    }
  }

  static base::Result<Token> word(Cursor& c) {
    c.word.clear();
    const Place begin = c.place();
    const char quote = c.text[c.at] == '"' || c.text[c.at] == '\'' ? c.text[c.at++] : '\0';
    for (; c.at < c.text.size(); c.at++) {
      const char byte = c.text[c.at];
      if (byte == '\n') c.line++;
      if (byte == '\0') return source_fault(c.place(), "there is a zero byte");
      if (quote && byte == quote) {
        c.at++;
        return Token::word;
      }
      if (byte == '\\' && c.at + 1 < c.text.size()) {
        const char escaped = c.text[++c.at];
        if (escaped == '\n') c.line++;
        // Of regular expressions the backslash stays.
        if (escaped != '"' && escaped != '\'' && escaped != '\\' && escaped != ' ' && escaped != ';') c.word += '\\';
        c.word += escaped;
        continue;
      }
      if (!quote) {
        const bool variable = byte == '{' && c.word.ends_with('$');
        if (byte == '\n') c.line--;
        if (isspace(static_cast<unsigned char>(byte)) || byte == ';' || (byte == '{' && !variable)) return Token::word;
        if (byte == '}' && c.word.find("${") == std::string::npos) return Token::word;
      }
      c.word += byte;
    }
    if (quote) return source_fault(begin, std::string("the quote ") + quote + " has no end");
    return Token::word;
  }

  // Lua and the like: until the brace that belongs to it.
  static base::Status<> skip_foreign(Cursor& c) {
    const Place begin = c.place();
    for (size_t open = 1; c.at < c.text.size(); c.at++) {
      if (c.text[c.at] == '\n') c.line++;
      if (c.text[c.at] == '{') open++;
      if (c.text[c.at] == '}' && --open == 0) {
        c.at++;
        return base::Done{};
      }
    }
    return source_fault(begin, "the block has no '}'");
  }

  base::Status<> read_block(Cursor& c, size_t depth, size_t blocks, std::vector<Directive>& into) {
    const Place begin = c.place();
    if (blocks > SourceFiles::kMostDepth) return source_fault(begin, "blocks are more than 16 deep");
    for (;;) {
      auto token = next(c);
      if (!token.ok()) return base::Failed{token.error()};
      if (*token == Token::end)
        return blocks == 0 ? base::Status<>(base::Done{}) : source_fault(begin, "the block has no '}'");
      if (*token == Token::close)
        return blocks > 0 ? base::Status<>(base::Done{}) : source_fault(c.place(), "'}' without a '{'");
      if (*token != Token::word) return source_fault(c.place(), "a directive begins with its name");
      Directive one{.name = c.word, .words = {}, .where = c.place(), .has_block = false, .block = {}};
      if (auto counted = files_.count_directive(one.where); !counted) return counted;
      for (token = next(c); token.ok() && *token == Token::word; token = next(c)) one.words.push_back(c.word);
      if (!token.ok()) return base::Failed{token.error()};
      if (*token == Token::end || *token == Token::close)
        return source_fault(one.where, "'" + one.name + "' has no ';' and no '{'");
      if (*token == Token::open) {
        one.has_block = true;
        const auto read =
            one.name.ends_with("_by_lua_block") ? skip_foreign(c) : read_block(c, depth, blocks + 1, one.block);
        if (!read) return read;
      } else if (one.name == "include") {
        if (auto included = include(one, depth, into); !included) return included;
        continue;
      }
      into.push_back(std::move(one));
    }
  }

  base::Status<> include(const Directive& of, size_t depth, std::vector<Directive>& into) {
    if (of.words.size() != 1) return source_fault(of.where, "'include' wants one file");
    for (const std::string& path : SourceFiles::matching(of.words[0], base_))
      if (auto read = this->read(path, depth + 1, of.where, into); !read) return read;
    return base::Done{};
  }

  SourceFiles files_;
  std::string base_;
};

}  // namespace

base::Result<std::vector<Directive>> read_nginx(const std::string& path) {
  std::vector<Directive> out;
  NginxReader reader(path);
  if (auto read = reader.read(path, 0, {}, out); !read) return base::Failed{read.error()};
  return out;
}

}  // namespace navajo::cli::migration
