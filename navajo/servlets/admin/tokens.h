// Who may use the admin API: a text file of tokens, of which it holds only the SHA-256, so that whoever reads the file
// has none of them:
//
//   # role name sha256-of-the-token
//   admin anna 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
//
// A token is random and long (`navajo admin-token` makes 256 bits), so a plain digest is enough, and reading the file
// helps nobody. Writing it would: it has to belong to root or to who starts the server, and nobody else may write it.
// Read again when it changes; one with faults leaves the tokens of before. Any thread.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "navajo/config/watched_files.h"

namespace navajo::servlets::admin {

// Each may do what the ones before it may.
enum class Role : uint8_t {
  viewer,    // looks; sees no users, clients or sessions
  operator_, // sees them; drains backends, reloads rules, ends single sessions
  admin,     // ends many sessions at once
};
const char* word(Role role);

using Digest = std::array<unsigned char, 32>;
Digest digest_of(std::string_view token);

struct Token {
  Role role;
  std::string name;
  Digest digest;
};
using Tokens = std::vector<Token>;

inline constexpr size_t kMostTokens = 1000;
Tokens parse_tokens(std::string_view text, const std::string& path, config::Diagnostics& diagnostics);
// Null: it is none of them. Looks at all, so that the time does not tell which one is nearly right.
const Token* find_token(const Tokens& tokens, std::string_view given);

class TokenFile {
 public:
  TokenFile(std::string path, const config::Position& named_at, config::Diagnostics& diagnostics);
  std::shared_ptr<const Tokens> tokens(base::TimePoint now);

 private:
  config::WatchedFiles file_;
  std::atomic<std::shared_ptr<const Tokens>> tokens_;
};

}  // namespace navajo::servlets::admin
