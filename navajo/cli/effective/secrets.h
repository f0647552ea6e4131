// What must not be shown: by the name of a setting, and by what it looks like in any text. One thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace navajo::cli::effective {

// "SSLClientKeyPassPhrase", "upstreamCredentials"; not "PasswordField", which names one, and not "TokenFile".
bool is_secret_name(std::string_view name);
inline constexpr char kHidden[] = "(hidden)";

// Texts of configurations and logs without private keys, password hashes, passwords in URLs, values of secret settings,
// cookies, credentials and tokens, and without the queries of requests.
class Redactor {
 public:
  Redactor();
  ~Redactor();
  Redactor(const Redactor&) = delete;

  // A text that must stand nowhere, however it is written; shorter ones than four bytes are no secrets.
  void hide(std::string secret);
  enum class Kind : bool { configuration, log };
  std::string redacted(std::string_view text, Kind kind) const;

 private:
  struct Rule;
  std::vector<Rule> rules_;
  std::vector<std::string> secrets_;
};

}  // namespace navajo::cli::effective
