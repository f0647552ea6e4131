#include "navajo/identity/users_file.h"

#include "navajo/config/file_text.h"
#include "navajo/config/text.h"
#include "navajo/observe/log.h"

namespace navajo::identity {
namespace {

constexpr size_t kMostBytes = 64 << 20;

class Parser {
 public:
  Parser(const std::string& path, config::Diagnostics& diagnostics) : path_(path), diagnostics_(diagnostics) {}

  Users parse(std::string_view text) {
    for (int line = 1; !text.empty(); line++) {
      const size_t end = text.find('\n');
      parse_line(text.substr(0, end), line);
      text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    }
    return std::move(users_);
  }

 private:
  // Column of a part of the line that is looked at.
  config::Position at(std::string_view part) const {
    return {path_, line_, static_cast<int>(part.data() - start_) + 1};
  }
  void fault(std::string_view part, std::string text) {
    diagnostics_.fault(at(part), observe::id::users_file_fault, std::move(text));
  }

  static std::string_view cut(std::string_view& rest, char separator) {
    const size_t at = rest.find(separator);
    const std::string_view part = rest.substr(0, at);
    rest.remove_prefix(at == std::string_view::npos ? rest.size() : at + 1);
    return part;
  }

  void parse_line(std::string_view text, int line) {
    line_ = line;
    start_ = text.data();
    std::string_view rest = config::trim(text);
    if (rest.empty() || rest[0] == '#') return;
    if (config::has_control_character(rest)) return fault(rest, "a control character in a line of users");
    const std::string_view whole = rest, name = config::trim(cut(rest, ':'));
    if (name.empty()) return fault(whole, "a user without a name");
    if (rest.empty()) return fault(name, "user '" + config::printable(name) + "' has no password hash");
    const std::string_view hash_text = config::trim(cut(rest, ':'));
    auto hash = PasswordHash::parse(hash_text);
    // The hash itself is not shown: logs are read by more people than this file.
    if (!hash.ok()) fault(hash_text, "the password of user '" + config::printable(name) + "' " + hash.error().text);
    std::vector<std::string> roles;
    std::string_view role_text = cut(rest, ':');
    while (!role_text.empty())
      if (const std::string_view role = config::trim(cut(role_text, ',')); !role.empty()) roles.emplace_back(role);
    std::vector<std::pair<std::string, std::string>> attributes;
    while (!rest.empty()) {
      std::string_view pair = cut(rest, ';');
      const std::string_view shown = pair, key = config::trim(cut(pair, '='));
      if (key.empty() || shown.find('=') == std::string_view::npos)
        fault(shown, "'" + config::printable(shown) + "' is not attribute=value");
      else
        attributes.emplace_back(key, config::trim(pair));
    }
    if (!hash.ok()) return;
    if (users_.size() == kMostUsers) return fault(name, "more than " + std::to_string(kMostUsers) + " users");
    if (!users_.emplace(name, User{std::move(*hash), std::move(roles), std::move(attributes)}).second)
      fault(name, "user '" + config::printable(name) + "' stands here a second time");
  }

  const std::string& path_;
  config::Diagnostics& diagnostics_;
  int line_ = 0;
  const char* start_ = nullptr;
  Users users_;
};

base::Result<std::string> read(const std::string& path) {
  auto text = config::read_file_text(path, kMostBytes);
  if (text.ok() && text->size() > kMostBytes) return base::Failed{base::Error{"is larger than 64 MB"}};
  return text;
}

}  // namespace

Users parse_users(std::string_view text, const std::string& path, config::Diagnostics& diagnostics) {
  return Parser(path, diagnostics).parse(text);
}

UsersFile::UsersFile(std::string path, const config::Position& named_at, config::Diagnostics& diagnostics)
    : file_(path, {path},
            {observe::id::users_file_fault, observe::id::users_file_kept, observe::id::users_file_read, "users"}) {
  auto text = read(path);
  if (!text.ok()) {
    diagnostics.fault(named_at, observe::id::config_unreadable, config::printable(path) + " " + text.error().text);
    return;
  }
  users_ = std::make_shared<const Users>(parse_users(*text, path, diagnostics));
}

std::shared_ptr<const Users> UsersFile::users(base::TimePoint now, base::Duration interval) {
  file_.look(now, interval, [this](config::Diagnostics& faults) {
    auto text = read(path());
    if (!text.ok()) return faults.fault({path(), 0, 0}, observe::id::users_file_fault, text.error().text);
    Users users = parse_users(*text, path(), faults);
    if (faults.ok()) users_ = std::make_shared<const Users>(std::move(users));
  });
  return users_.load();
}

}  // namespace navajo::identity
