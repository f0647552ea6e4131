// The words of login pages in one language, by key ("login.user"). English, German, French and Italian are built in;
// files of a template folder change them and bring other languages. Made while files are read, immutable then, read by
// all threads and fibers.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace navajo::servlets::login_renderer {

class Texts {
 public:
  // What is built in for the language, or else in English.
  explicit Texts(std::string_view language);
  static bool has_built_in(std::string_view language);

  const std::string& language() const { return language_; }
  void set(std::string_view key, std::string_view text);
  // None: the key is not known.
  std::optional<std::string_view> find(std::string_view key) const;
  // A key nobody knows is the text itself: authenticators may name a field in plain words.
  std::string_view get(std::string_view key) const { return find(key).value_or(key); }
  // The same with "{0}" replaced.
  std::string get(std::string_view key, std::string_view argument) const;

 private:
  std::string language_;
  std::map<std::string, std::string, std::less<>> texts_;
};

}  // namespace navajo::servlets::login_renderer
