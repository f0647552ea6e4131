#include "navajo/servlets/file_authentication/file_authentication_servlet.h"

#include <string>
#include <vector>

#include "navajo/api/fakes.h"
#include "navajo/config/temporary_folder.h"

#include "CppUTest/TestHarness.h"

using namespace navajo;
using Kind = api::AuthenticationStep::Kind;
using std::chrono::seconds;

TEST_GROUP(FileAuthentication) {
  config::TemporaryFolder folder;
  base::ManualClock clock;
  std::vector<identity::LockoutTable::Row> rows = std::vector<identity::LockoutTable::Row>(16);
  std::unique_ptr<servlets::FileAuthenticationServlet> servlet;
  api::FakeRequest request;

  void setup() override {
    config::Diagnostics faults;
    const std::string path = folder.write(
        "users.txt",
        "anna:$2b$10$R25bxT7i3YeECUhljBrM6.H5SauyiyqXmibYRbWEHEB6x3vZoIAxu:clerk,admin:mail=a@b.example\n");
    servlets::FileAuthenticationSettings settings{"userid", "password", seconds(1), seconds(300), 3, 6, 200, 1};
    servlet = std::make_unique<servlets::FileAuthenticationServlet>(
        settings, std::make_unique<identity::UsersFile>(path, config::Position{}, faults), rows, clock);
    CHECK(faults.ok());
  }
  api::AuthenticationStep login(std::string_view user, std::string_view password) {
    return servlet->authenticate(request, {{"userid", user}, {"password", password}}, {});
  }
};

TEST(FileAuthentication, asks_first_and_again_when_something_is_missing) {
  const auto first = servlet->authenticate(request, {}, {});
  CHECK(first.kind == Kind::ask);
  STRCMP_EQUAL("login.please", first.message.c_str());
  CHECK_EQUAL(2u, first.fields.size());
  CHECK(first.fields[1].secret);
  STRCMP_EQUAL("login.incomplete", login("anna", "").message.c_str());
}

TEST(FileAuthentication, the_right_password_gives_user_roles_and_attributes) {
  const auto step = login("anna", "correct horse");
  CHECK(step.kind == Kind::done);
  STRCMP_EQUAL("anna", step.identity.user.c_str());
  CHECK_EQUAL(2u, step.identity.roles.size());
  STRCMP_EQUAL("a@b.example", step.identity.attributes[0].second.c_str());
}

TEST(FileAuthentication, unknown_user_and_wrong_password_look_alike) {
  const auto wrong = login("anna", "x"), unknown = login("nobody", "x");
  CHECK(wrong.kind == Kind::failed && unknown.kind == Kind::failed);
  CHECK(wrong.message == unknown.message);
}

TEST(FileAuthentication, too_many_failures_lock_the_user_out_from_there_and_only_there) {
  for (int i = 0; i < 3; i++) STRCMP_EQUAL("login.failed", login("anna", "x").message.c_str());
  const auto locked = login("anna", "correct horse");
  CHECK(locked.kind == Kind::failed);
  STRCMP_EQUAL("login.locked", locked.message.c_str());
  CHECK(locked.retry_after == seconds(300));
  request.the_client_address = "192.0.2.8";
  CHECK(login("anna", "correct horse").kind == Kind::done);
  request.the_client_address = "192.0.2.7";
  clock.advance(seconds(300));
  CHECK(login("anna", "correct horse").kind == Kind::done);
}

TEST(FileAuthentication, one_address_cannot_try_many_users) {
  for (int i = 0; i < 6; i++) (void)login("user" + std::to_string(i), "x");
  STRCMP_EQUAL("login.locked", login("anna", "correct horse").message.c_str());
}

TEST(FileAuthentication, is_not_for_clients) {
  api::FakeResponse response;
  CHECK_EQUAL(404, servlet->service(request, response).status);
}
