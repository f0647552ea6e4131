// Users, their password hashes, roles and attributes, in a text file:
//
//   # name:hash[:role,role[:attribute=value;attribute=value]]
//   anna:$2b$12$...:clerk,admin:mail=anna@example.org
//
// Faults name file, line and column, all at once. Immutable once read; shared by threads through UsersFile, which
// reads the file again when it has changed and keeps the users it had when the new text has faults.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "navajo/config/watched_files.h"
#include "navajo/identity/password_hash.h"

namespace navajo::identity {

struct User {
  PasswordHash hash;
  std::vector<std::string> roles;
  std::vector<std::pair<std::string, std::string>> attributes;
};

using Users = std::map<std::string, User, std::less<>>;

// At most kMostUsers; path is for the faults.
inline constexpr size_t kMostUsers = 100000;
Users parse_users(std::string_view text, const std::string& path, config::Diagnostics& diagnostics);

class UsersFile {
 public:
  // Reads it the first time; faults go to diagnostics.
  UsersFile(std::string path, const config::Position& named_at, config::Diagnostics& diagnostics);

  // The users as of the last look, which is not longer ago than `interval`. Any thread; one of them looks, and a look
  // is a stat(2) unless the file has changed.
  std::shared_ptr<const Users> users(base::TimePoint now, base::Duration interval);
  const std::string& path() const { return file_.name(); }
  uint64_t reloads() const { return file_.reloads(); }
  uint64_t refused_reloads() const { return file_.refused_reloads(); }

 private:
  config::WatchedFiles file_;
  std::atomic<std::shared_ptr<const Users>> users_;
};

}  // namespace navajo::identity
