#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "navajo/cli/commands.h"
#include "navajo/cli/configuration.h"
#include "navajo/cli/init/self_signed.h"
#include "navajo/cli/init/texts.h"
#include "navajo/config/temporary_folder.h"
#include "navajo/identity/password_hash.h"
#include "navajo/mitm/issuer.h"
#include "navajo/tls/peer_certificate.h"

#include "CppUTest/TestHarness.h"

using namespace navajo::cli;
using navajo::config::TemporaryFolder;

namespace {
// Before the first test, so that the table's own memory is not taken for a leak of one.
[[maybe_unused]] const size_t kInitCommands = command_table().size();
}  // namespace

TEST_GROUP(Init) {
  const TemporaryFolder folder;
  const std::string made = folder.file("deeper/proxy");
  std::string printed;

  static std::string content(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  static mode_t mode(const std::string& path) {
    struct stat about {};
    return lstat(path.c_str(), &about) == 0 ? about.st_mode & 07777 : 0;
  }
  int run(std::vector<std::string> words) {
    const std::string path = folder.file("printed");
    FILE* const out = stdout;
    FILE* const err = stderr;
    stdout = stderr = fopen(path.c_str(), "w");
    const int code = navajo_main(words);
    fclose(stdout);
    stdout = out;
    stderr = err;
    printed = content(path);
    return code;
  }
  int init(std::vector<std::string> words) {
    words.insert(words.begin(), {"init", "--directory", made});
    return run(words);
  }
  // Faults and notices of what was written, by the code that a server reads it with: in a process of its own, since
  // servlets keep what they share for as long as that lives.
  std::string complaints() {
    const std::string path = folder.file("complaints");
    const pid_t child = fork();
    if (child == 0) {
      stderr = fopen(path.c_str(), "w");
      (void)load_configuration(made + "/navajo.xml", Depth::everything);
      fflush(stderr);
      _exit(0);
    }
    waitpid(child, nullptr, 0);
    return content(path);
  }
};

TEST(Init, writes_a_configuration_without_faults_and_a_key_for_its_owner_alone) {
  LONGS_EQUAL(kOk, init({"--backend", "http://127.0.0.1:8080"}));
  STRCMP_EQUAL("", complaints().c_str());
  LONGS_EQUAL(0600, mode(made + "/tls/localhost.key"));
  LONGS_EQUAL(0644, mode(made + "/tls/localhost.pem"));
  LONGS_EQUAL(0755, mode(made));
  STRCMP_CONTAINS("navajo check --config", printed.c_str());
  STRCMP_CONTAINS("navajo start --config", printed.c_str());
  STRCMP_CONTAINS("https://localhost:8443/", printed.c_str());
  STRCMP_CONTAINS("<param-value>127.0.0.1:8080</param-value>", content(made + "/site/WEB-INF/web.xml").c_str());
}

TEST(Init, everything_it_can_be_asked_for_is_without_faults) {
  LONGS_EQUAL(kOk,
              init({"--backend", "http://app1.example.test,http://[::1]:8081/", "--host", "Shop.Example.test", "--port",
                    "9443", "--http-port", "9080", "--listen", "127.0.0.1", "--login", "anna", "--websockets"}));
  STRCMP_EQUAL("", complaints().c_str());
  const std::string xml = content(made + "/navajo.xml"), web = content(made + "/site/WEB-INF/web.xml");
  STRCMP_CONTAINS("app1.example.test:80 [::1]:8081", web.c_str());
  STRCMP_CONTAINS("unsecureConnection=\"redirect\"", xml.c_str());
  STRCMP_CONTAINS("listen=\"127.0.0.1:9443\"", xml.c_str());
  STRCMP_CONTAINS("shop.example.test", xml.c_str());
  STRCMP_CONTAINS("<param-value>websocket</param-value>", web.c_str());
}

TEST(Init, the_first_users_password_is_the_one_that_was_shown) {
  LONGS_EQUAL(kOk, init({"--backend", "http://127.0.0.1:8080", "--login", "anna"}));
  const size_t at = printed.find("password: ") + 10;
  const std::string password = printed.substr(at, 20), users = content(made + "/site/WEB-INF/users.txt");
  CHECK(users.find(password) == std::string::npos);
  const size_t hash = users.find("anna:") + 5;
  const auto parsed = navajo::identity::PasswordHash::parse(users.substr(hash, 60));
  CHECK(parsed.ok());
  CHECK(parsed->verify(password));
  LONGS_EQUAL(0, mode(made + "/site/WEB-INF/users.txt") & 0007);
}

TEST(Init, the_console_is_for_this_machine_and_its_token_is_shown_once) {
  LONGS_EQUAL(kOk, init({"--backend", "http://127.0.0.1:8080", "--console"}));
  // Where nothing is installed there are no files of the console, and that is said.
  const std::string said = complaints();
  CHECK_TRUE_TEXT(said.empty() || (said.find("NVJ2156") != said.npos && said.find('\n') + 1 == said.size()),
                  said.c_str());
  STRCMP_CONTAINS("http://admin.localhost:9443/", printed.c_str());
  STRCMP_CONTAINS("listen=\"127.0.0.1:9443\"", content(made + "/navajo.xml").c_str());
  const std::string tokens = content(made + "/admin/WEB-INF/tokens.txt");
  STRCMP_CONTAINS("\nadmin init ", tokens.c_str());
  const std::string token = printed.substr(printed.find("Token: ") + 7, 64);
  LONGS_EQUAL(std::string::npos, token.find_first_not_of("0123456789abcdef"));
  CHECK(tokens.find(token) == tokens.npos);
  LONGS_EQUAL(0, mode(made + "/admin/WEB-INF/tokens.txt") & 0027);
  std::filesystem::remove_all(made);
  LONGS_EQUAL(kUsage, init({"--backend", "http://127.0.0.1:8080", "--console", "--port", "9443"}));
  LONGS_EQUAL(kOk, init({"--backend", "http://127.0.0.1:8080", "--console-port", "9444", "--port", "9443"}));
  STRCMP_CONTAINS("<param-value>9444</param-value>", content(made + "/admin/WEB-INF/web.xml").c_str());
}

TEST(Init, backends_over_tls_are_verified) {
  const std::string ca = folder.write("ca.pem", "");
  LONGS_EQUAL(kOk, init({"--backend", "https://app.example.test", "--backend-ca", ca}));
  const std::string web = content(made + "/site/WEB-INF/web.xml");
  STRCMP_CONTAINS("HttpsConnectorServlet", web.c_str());
  STRCMP_CONTAINS("app.example.test:443", web.c_str());
  STRCMP_CONTAINS(ca.c_str(), web.c_str());
  std::filesystem::remove_all(made);
  LONGS_EQUAL(kUsage, init({"--backend", "http://app.example.test", "--backend-ca", ca}));
  LONGS_EQUAL(kOk, init({"--backend", "https://app.example.test"}));
  STRCMP_EQUAL("", complaints().c_str());
}

TEST(Init, overwrites_nothing_and_leaves_nothing_half_done) {
  LONGS_EQUAL(kOk, init({"--backend", "http://127.0.0.1:8080"}));
  const std::string xml = content(made + "/navajo.xml");
  LONGS_EQUAL(kFaults, init({"--backend", "http://127.0.0.1:9090"}));
  STRCMP_CONTAINS("nothing is overwritten", printed.c_str());
  CHECK(content(made + "/navajo.xml") == xml);
  size_t entries = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(folder.file("deeper"))) entries++;
  LONGS_EQUAL(1, entries);
}

TEST(Init, refuses_what_is_no_backend_name_or_port) {
  for (const char* url : {"127.0.0.1:8080", "ftp://a", "http://", "http://a/path", "http://u@a", "http://a:0",
                          "http://a:b", "http://::1", "http://a,https://b", ",", "http://a b"})
    LONGS_EQUAL_TEXT(kUsage, init({"--backend", url}), url);
  const std::vector<std::vector<std::string>> wrong{
      {"--host", "a\"b"},   {"--host", "*.a.test"}, {"--port", "65536"}, {"--http-port", "8443"},
      {"--listen", "eth0"}, {"--login", "a:b"},     {"--login", " a"}};
  for (std::vector<std::string> words : wrong) {
    words.insert(words.end(), {"--backend", "http://a"});
    LONGS_EQUAL_TEXT(kUsage, init(words), words[1].c_str());
  }
  LONGS_EQUAL(kUsage, init({}));
  CHECK(!std::filesystem::exists(made));
}

TEST(Init, says_where_everything_is_as_json) {
  LONGS_EQUAL(kOk, init({"--backend", "http://127.0.0.1:8080", "--port", "443", "--json"}));
  STRCMP_CONTAINS("\"url\":\"https://localhost/\"", printed.c_str());
  STRCMP_CONTAINS(("\"config\":\"" + made + "/navajo.xml\"").c_str(), printed.c_str());
}

TEST(Init, the_certificate_is_for_all_its_names) {
  const auto certificate = init::make_self_signed({"shop.example.test", "127.0.0.1", "::1"}, 397, time(nullptr));
  CHECK(certificate.ok());
  const std::string path = folder.write("c.pem", certificate->certificate_pem);
  const auto read = navajo::mitm::read_certificates(path);
  CHECK(read.ok());
  const auto names = navajo::tls::names_of(read->front().get());
  LONGS_EQUAL(3, names.size());
  STRCMP_EQUAL("shop.example.test", names[0].text.c_str());
  STRCMP_EQUAL("::1", names[2].text.c_str());
  CHECK(!init::make_self_signed({"a\nb"}, 397, time(nullptr)).ok());
}
