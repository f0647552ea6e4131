#include "navajo/servlets/admin/tokens.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "navajo/config/file_text.h"
#include "navajo/config/text.h"

namespace navajo::servlets::admin {
namespace {

constexpr size_t kLargestFile = 256 * 1024;
constexpr std::chrono::seconds kInterval{1};

bool from_hex(std::string_view text, Digest& out) {
  if (text.size() != 2 * out.size()) return false;
  const auto value = [](char c) {
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                                                                                      : -1;
  };
  for (size_t i = 0; i < out.size(); i++) {
    const int high = value(text[2 * i]), low = value(text[2 * i + 1]);
    if (high < 0 || low < 0) return false;
    out[i] = static_cast<unsigned char>(16 * high + low);
  }
  return true;
}

bool is_name(std::string_view text) {
  return text.size() <= 64 && std::all_of(text.begin(), text.end(), [](unsigned char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                  std::string_view("._-@+").find(static_cast<char>(c)) != std::string_view::npos;
         });
}

// Empty: it is fine.
std::string wrong_with_access(const std::string& path) {
  struct stat about {};
  if (stat(path.c_str(), &about) != 0) return strerror(errno);
  if (about.st_uid != 0 && about.st_uid != geteuid())
    return "belongs to neither root nor the user who starts the server: whoever owns it has every role";
  const bool own_group = about.st_gid == 0 || about.st_gid == getegid();
  if ((about.st_mode & S_IWOTH) || ((about.st_mode & S_IWGRP) && !own_group))
    return "may be written by others: whoever does has every role; make it 0600, or 0640 with the children's group";
  return {};
}

// Words at blanks.
std::vector<std::string_view> words_of_line(std::string_view line) {
  std::vector<std::string_view> out;
  for (size_t at = 0; at < line.size();) {
    const size_t begin = std::min(line.find_first_not_of(" \t\r", at), line.size());
    const size_t end = std::min(line.find_first_of(" \t\r", begin), line.size());
    if (end > begin) out.push_back(line.substr(begin, end - begin));
    at = end;
  }
  return out;
}

Tokens read(const std::string& path, const config::Position& where, config::Diagnostics& diagnostics) {
  const auto text = config::read_file_text(path, kLargestFile);
  std::string why = text.ok() ? wrong_with_access(path) : text.error().text;
  if (why.empty() && text->size() > kLargestFile) why = "is larger than 256 KB";
  if (!why.empty()) {
    diagnostics.fault(where, observe::id::admin_tokens_fault, config::printable(path) + ": " + why);
    return {};
  }
  return parse_tokens(*text, path, diagnostics);
}

}  // namespace

const char* word(Role role) {
  switch (role) {
    case Role::viewer: return "viewer";
    case Role::operator_: return "operator";
    case Role::admin: return "admin";
  }
  return "viewer";
}

Digest digest_of(std::string_view token) {
  Digest out{};
  unsigned length = 0;
  (void)EVP_Digest(token.data(), token.size(), out.data(), &length, EVP_sha256(), nullptr);
  return out;
}

Tokens parse_tokens(std::string_view text, const std::string& path, config::Diagnostics& diagnostics) {
  Tokens out;
  int number = 0;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    const std::vector<std::string_view> words = words_of_line(text.substr(begin, end - begin));
    begin = end + 1;
    number++;
    if (words.empty() || words[0].front() == '#') continue;
    // What stands there may be a token by mistake: it is never repeated.
    const auto fault = [&](const char* what) {
      diagnostics.fault(config::Position{path, number, 1}, observe::id::admin_tokens_fault, what);
    };
    Token token{};
    if (words.size() != 3) {
      fault("is not 'ROLE NAME SHA256': three words");
    } else if (words[0] != "viewer" && words[0] != "operator" && words[0] != "admin") {
      fault("begins with no role: viewer, operator or admin");
    } else if (!is_name(words[1])) {
      fault("has no name in the second place: at most 64 letters, digits and . _ - @ +");
    } else if (!from_hex(words[2], token.digest)) {
      fault("has no SHA-256 in the third place: 64 hexadecimal digits, as 'navajo admin-token' prints them");
    } else {
      token.role = words[0] == "admin" ? Role::admin : words[0] == "operator" ? Role::operator_ : Role::viewer;
      token.name = words[1];
      out.push_back(std::move(token));
    }
    if (out.size() > kMostTokens) {
      fault("is one token too many");
      return out;
    }
  }
  if (out.empty() && diagnostics.ok())
    diagnostics.fault(config::Position{path, 0, 0}, observe::id::admin_tokens_fault,
                      "has no token: 'navajo admin-token --role admin NAME' makes one");
  return out;
}

const Token* find_token(const Tokens& tokens, std::string_view given) {
  const Digest digest = digest_of(given);
  const Token* found = nullptr;
  for (const Token& token : tokens)
    if (CRYPTO_memcmp(token.digest.data(), digest.data(), digest.size()) == 0) found = &token;
  return found;
}

TokenFile::TokenFile(std::string path, const config::Position& named_at, config::Diagnostics& diagnostics)
    : file_(path, {path},
            {observe::id::admin_tokens_fault, observe::id::admin_tokens_kept, observe::id::admin_tokens_read,
             "tokens"}) {
  tokens_ = std::make_shared<const Tokens>(read(path, named_at, diagnostics));
}

std::shared_ptr<const Tokens> TokenFile::tokens(base::TimePoint now) {
  file_.look(now, kInterval, [this](config::Diagnostics& faults) {
    Tokens tokens = read(file_.name(), {file_.name(), 0, 0}, faults);
    if (faults.ok()) tokens_ = std::make_shared<const Tokens>(std::move(tokens));
  });
  return tokens_.load();
}

}  // namespace navajo::servlets::admin
