#include "navajo/servlets/file_authentication/file_authentication_servlet.h"


#include <algorithm>
#include <filesystem>
#include <stdexcept>

#include "navajo/base/random.h"
#include "navajo/config/text.h"
#include "navajo/observe/log.h"
#include "navajo/reactor/offload.h"

namespace navajo::servlets {
namespace {

using api::AuthenticationStep;
using config::ParamType;
using Kind = api::AuthenticationStep::Kind;
using Row = identity::LockoutTable::Row;

// 64 KB: 8,192 keys that failed within LockoutTime.
constexpr size_t kRows = 1024;
constexpr std::chrono::seconds kQueueTime{5};
constexpr size_t kLongestUser = 256;

constexpr config::ParamSpec kParams[] = {
    {.name = "UsersFile", .required = true,
     .doc = "Text file, one user per line: name:hash[:role,role[:attribute=value;...]]. The hash is bcrypt of cost 10 "
            "to 14 (htpasswd -nBC 12 USER makes one) or argon2. Relative to WEB-INF. Read again when it has changed."},
    {.name = "ReloadInterval", .type = ParamType::milliseconds, .default_value = "1s", .minimum = 100,
     .maximum = 3600000, .doc = "How often a child looks whether the file has changed."},
    {.name = "UserField", .default_value = "userid", .doc = "Form parameter with the user's name."},
    {.name = "PasswordField", .default_value = "password", .doc = "Form parameter with the password."},
    {.name = "LockoutTime", .type = ParamType::seconds, .default_value = "300", .minimum = 1, .maximum = 86400,
     .doc = "So long after its last failure whoever failed too often may not try again."},
    {.name = "MaxFailures", .type = ParamType::integer, .default_value = "5", .minimum = 1, .maximum = 255,
     .doc = "Failures of one user from one address that lock that pair out."},
    {.name = "MaxFailuresPerClient", .type = ParamType::integer, .default_value = "50", .minimum = 1, .maximum = 255,
     .doc = "Failures from one address, whatever the user."},
    {.name = "MaxFailuresPerUser", .type = ParamType::integer, .default_value = "100", .minimum = 1, .maximum = 255,
     .doc = "Failures of one user, wherever from. Higher than the others: anybody can lock a user out with it."},
    {.name = "MaxConcurrent", .type = ParamType::integer, .default_value = "2", .minimum = 1, .maximum = 64,
     .doc = "Passwords a child checks at a time; each takes a processor for 50 ms to 1 s. More wait up to 5 s."},
};

uint64_t random_seed() {
  uint64_t seed = 0;
  if (!base::random_bytes(&seed, sizeof seed)) throw std::runtime_error("the system gives no random numbers");
  return seed;
}

std::string_view answer(const api::LoginAnswers& answers, std::string_view name) {
  for (const auto& [field, value] : answers)
    if (field == name) return value;
  return {};
}

}  // namespace

FileAuthenticationServlet::FileAuthenticationServlet(FileAuthenticationSettings settings,
                                                     std::unique_ptr<identity::UsersFile> users, std::span<Row> rows,
                                                     const base::Clock& clock, std::unique_ptr<Row[]> own_rows)
    : settings_(std::move(settings)),
      users_(std::move(users)),
      own_rows_(std::move(own_rows)),
      lockout_(rows, random_seed()),
      clock_(clock),
      hashing_(settings_.max_concurrent) {}

api::Outcome FileAuthenticationServlet::service(api::Request&, api::Response&) {
  return api::Outcome::refused(404, "not_for_clients");
}

AuthenticationStep FileAuthenticationServlet::ask(Kind kind, const char* message) const {
  AuthenticationStep step;
  step.kind = kind;
  step.message = message;
  step.fields = {{settings_.user_field, "login.user", false}, {settings_.password_field, "login.password", true}};
  return step;
}

unsigned FileAuthenticationServlet::locked_for(std::string_view user, std::string_view client,
                                               base::TimePoint now) const {
  const auto locked = [&](uint64_t key, unsigned limit) {
    return lockout_.locked_for(key, limit, settings_.lockout, now);
  };
  return std::max({locked(lockout_.key("pair", user, client), settings_.max_failures),
                   locked(lockout_.key("client", client), settings_.max_failures_per_client),
                   locked(lockout_.key("user", user), settings_.max_failures_per_user)});
}

void FileAuthenticationServlet::note_failure(api::Request& request, std::string_view user, base::TimePoint now) {
  const std::string_view client = request.client_address();
  const auto failed = [&](uint64_t key, unsigned limit) { return lockout_.failed(key, limit, settings_.lockout, now); };
  const bool pair = failed(lockout_.key("pair", user, client), settings_.max_failures);
  const bool of_client = failed(lockout_.key("client", client), settings_.max_failures_per_client);
  const bool of_user = failed(lockout_.key("user", user), settings_.max_failures_per_user);
  failed_.fetch_add(1, std::memory_order_relaxed);
  const std::string shown = config::printable(user);
  if (pair || of_client || of_user) {
    locked_out_.fetch_add(1, std::memory_order_relaxed);
    observe::log(observe::id::login_locked_out,
                 "login of user '%s' from %.*s failed too often: %s is locked out for %lld s",
                 shown.c_str(), static_cast<int>(client.size()), client.data(),
                 of_user ? "the user" : of_client ? "the address" : "the user from there",
                 static_cast<long long>(settings_.lockout.count()));
  } else {
    observe::log(observe::id::login_failed, "login of user '%s' from %.*s failed", shown.c_str(),
                 static_cast<int>(client.size()), client.data());
  }
}

// For who does not exist: the hash of the next one who does, so that costs are spread as among users.
const identity::PasswordHash& FileAuthenticationServlet::decoy(const identity::Users& users,
                                                               std::string_view user) const {
  if (users.empty()) return nobody_;
  const auto next = users.upper_bound(user);
  return (next == users.end() ? users.begin() : next)->second.hash;
}

FileAuthenticationServlet::Checked FileAuthenticationServlet::check(const identity::PasswordHash& hash,
                                                                    std::string_view password) {
  if (hashing_.acquire(reactor::Deadline::after(kQueueTime)) != reactor::Wake::ready) return Checked::busy;
  bool right = false;
  const bool ran = reactor::offload([&] { right = hash.verify(password); });
  hashing_.release();
  return !ran ? Checked::busy : right ? Checked::right : Checked::wrong;
}

AuthenticationStep FileAuthenticationServlet::authenticate(api::Request& request, const api::LoginAnswers& answers,
                                                           const std::vector<std::string>&) {
  const std::string_view user = answer(answers, settings_.user_field);
  const std::string_view password = answer(answers, settings_.password_field);
  if (user.empty() || password.empty())
    return ask(Kind::ask, answers.empty() ? "login.please" : "login.incomplete");
  const base::TimePoint now = clock_.now();
  if (const unsigned seconds = locked_for(user, request.client_address(), now)) {
    AuthenticationStep step = ask(Kind::failed, "login.locked");
    step.retry_after = std::chrono::seconds(seconds);
    return step;
  }
  const auto users = users_->users(now, settings_.reload_interval);
  const auto found = users->find(user);
  const bool known = found != users->end() && user.size() <= kLongestUser;
  const Checked checked = check(known ? found->second.hash : decoy(*users, user), password);
  if (checked == Checked::busy) {
    busy_.fetch_add(1, std::memory_order_relaxed);
    AuthenticationStep step;
    step.kind = Kind::unavailable;
    return step;
  }
  if (!known || checked == Checked::wrong) {
    note_failure(request, user, now);
    return ask(Kind::failed, "login.failed");
  }
  lockout_.succeeded(lockout_.key("pair", user, request.client_address()));
  accepted_.fetch_add(1, std::memory_order_relaxed);
  AuthenticationStep step;
  step.kind = Kind::done;
  step.identity = {std::string(user), found->second.roles, found->second.attributes};
  return step;
}

void FileAuthenticationServlet::report(api::StatusWriter& writer) const {
  writer.text("users_file", users_->path());
  writer.number("logins", static_cast<double>(accepted_.load(std::memory_order_relaxed)));
  writer.number("failed_logins", static_cast<double>(failed_.load(std::memory_order_relaxed)));
  writer.number("locked_out", static_cast<double>(locked_out_.load(std::memory_order_relaxed)));
  writer.number("too_busy", static_cast<double>(busy_.load(std::memory_order_relaxed)));
  writer.number("file_reloads", static_cast<double>(users_->reloads()));
  writer.number("file_reloads_refused", static_cast<double>(users_->refused_reloads()));
}

std::span<const container::ServletRow> file_authentication_rows() {
  static const std::vector<container::ServletRow> rows{
      {"FileAuthenticationServlet", {}, kParams, "Authenticates users of a file with bcrypt or argon2 hashes.",
       [](const container::ComponentContext& context, const config::Params& params) -> std::unique_ptr<api::Servlet> {
         config::Diagnostics faults;
         const std::filesystem::path file =
             (std::filesystem::path(context.doc_base) / "WEB-INF" / params.text("UsersFile")).lexically_normal();
         auto users = std::make_unique<identity::UsersFile>(file.string(), params.where("UsersFile"), faults);
         for (const config::Fault& fault : faults.faults()) params.fault(fault.where, fault.text);
         if (!faults.ok()) return nullptr;
         std::unique_ptr<Row[]> own;
         Row* rows = context.arena ? context.arena->make_array<Row>(params.owner(), kRows)
                                   : (own = std::make_unique<Row[]>(kRows)).get();
         if (!rows) throw std::runtime_error("no shared memory is left for its failure counters");
         return std::make_unique<FileAuthenticationServlet>(
             FileAuthenticationSettings{
                 params.text("UserField"), params.text("PasswordField"), params.milliseconds("ReloadInterval"),
                 params.seconds("LockoutTime"), static_cast<unsigned>(params.integer("MaxFailures")),
                 static_cast<unsigned>(params.integer("MaxFailuresPerClient")),
                 static_cast<unsigned>(params.integer("MaxFailuresPerUser")),
                 static_cast<size_t>(params.integer("MaxConcurrent"))},
             std::move(users), std::span(rows, kRows), base::system_clock(), std::move(own));
       }}};
  return rows;
}

}  // namespace navajo::servlets
