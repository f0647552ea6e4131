// Authenticates users of a file with password hashes. Asked by filters (api/authentication.h); a request that is
// mapped to it gets 404. Passwords are hashed on helper threads, a few at a time, and the time spent does not tell
// whether a user exists. Failures are counted by all children together and lock out for a while.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "navajo/api/authentication.h"
#include "navajo/api/servlet.h"
#include "navajo/container/catalogue.h"
#include "navajo/identity/lockout.h"
#include "navajo/identity/users_file.h"
#include "navajo/reactor/sync.h"

namespace navajo::servlets {

struct FileAuthenticationSettings {
  std::string user_field, password_field;
  base::Duration reload_interval{};
  std::chrono::seconds lockout{300};
  unsigned max_failures = 5, max_failures_per_client = 50, max_failures_per_user = 100;
  size_t max_concurrent = 2;
};

class FileAuthenticationServlet final : public api::Servlet, public api::Authenticator {
 public:
  // rows: shared by all children (see LockoutTable), or own_rows, where there is no shared memory.
  FileAuthenticationServlet(FileAuthenticationSettings settings, std::unique_ptr<identity::UsersFile> users,
                            std::span<identity::LockoutTable::Row> rows, const base::Clock& clock,
                            std::unique_ptr<identity::LockoutTable::Row[]> own_rows = nullptr);

  api::Outcome service(api::Request& request, api::Response& response) override;
  api::AuthenticationStep authenticate(api::Request& request, const api::LoginAnswers& answers,
                                       const std::vector<std::string>& needed_roles) override;
  void report(api::StatusWriter& writer) const override;

 private:
  api::AuthenticationStep ask(api::AuthenticationStep::Kind kind, const char* message) const;
  unsigned locked_for(std::string_view user, std::string_view client, base::TimePoint now) const;
  void note_failure(api::Request& request, std::string_view user, base::TimePoint now);
  const identity::PasswordHash& decoy(const identity::Users& users, std::string_view user) const;
  enum class Checked : uint8_t { right, wrong, busy };
  Checked check(const identity::PasswordHash& hash, std::string_view password);

  FileAuthenticationSettings settings_;
  std::unique_ptr<identity::UsersFile> users_;
  std::unique_ptr<identity::LockoutTable::Row[]> own_rows_;
  identity::LockoutTable lockout_;
  identity::PasswordHash nobody_ = identity::PasswordHash::nobody();
  const base::Clock& clock_;
  reactor::Semaphore hashing_;
  std::atomic<uint64_t> accepted_{0}, failed_{0}, locked_out_{0}, busy_{0};
};

std::span<const container::ServletRow> file_authentication_rows();

}  // namespace navajo::servlets
