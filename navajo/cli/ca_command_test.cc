#include <sys/stat.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "navajo/cli/ca_files.h"
#include "navajo/cli/commands.h"
#include "navajo/config/temporary_folder.h"

#include "CppUTest/TestHarness.h"

using namespace navajo::cli;
using navajo::config::TemporaryFolder;
using navajo::mitm::CaWish;

namespace {
// Before the first test, so that the table's own memory is not taken for a leak of one.
[[maybe_unused]] const size_t kCommands = command_table().size();
}  // namespace

TEST_GROUP(CaCommand) {
  const TemporaryFolder folder;
  const std::string ca = folder.file("ca");
  std::string printed;

  static std::string content(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  static mode_t mode(const std::string& path) {
    struct stat about {};
    return lstat(path.c_str(), &about) == 0 ? about.st_mode & 07777 : 0;
  }
  // The exit code; `printed` has both outputs.
  int run(std::vector<std::string> words) {
    words.insert(words.begin(), "ca");
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
};

TEST(CaCommand, init_makes_a_ca_whose_key_is_for_its_owner_alone) {
  LONGS_EQUAL(kOk, run({"init", "--dir", ca, "--name", "Test CA"}));
  LONGS_EQUAL(0700, mode(ca));
  LONGS_EQUAL(0600, mode(ca + "/ca.key"));
  LONGS_EQUAL(0644, mode(ca + "/ca.pem"));
  STRCMP_CONTAINS("subject:        CN = Test CA\n", printed.c_str());
  STRCMP_CONTAINS("key:            ECDSA 256\n", printed.c_str());
  STRCMP_CONTAINS("(1825 days)", printed.c_str());
  STRCMP_CONTAINS("usable:         yes", printed.c_str());
  STRCMP_CONTAINS("-----BEGIN PRIVATE KEY-----", content(ca + "/ca.key").c_str());
  CHECK(printed.find("PRIVATE") == std::string::npos);
}

TEST(CaCommand, init_overwrites_nothing_and_leaves_nothing_half_done) {
  LONGS_EQUAL(kOk, run({"init", "--dir", ca}));
  const std::string certificate = content(ca + "/ca.pem"), key = content(ca + "/ca.key");
  LONGS_EQUAL(kFaults, run({"init", "--dir", ca}));
  STRCMP_CONTAINS("ca.key is there already", printed.c_str());
  CHECK(content(ca + "/ca.pem") == certificate);
  CHECK(content(ca + "/ca.key") == key);
  std::filesystem::remove(ca + "/ca.key");
  LONGS_EQUAL(kFaults, run({"init", "--dir", ca}));
  STRCMP_CONTAINS("ca.pem is there already", printed.c_str());
  LONGS_EQUAL(0, mode(ca + "/ca.key"));
  std::filesystem::remove(ca + "/ca.pem");
  std::filesystem::create_symlink(folder.file("elsewhere"), ca + "/ca.key");
  LONGS_EQUAL(kFaults, run({"init", "--dir", ca}));
  LONGS_EQUAL(0, mode(folder.file("elsewhere")));
}

TEST(CaCommand, init_takes_keys_days_and_constraints) {
  LONGS_EQUAL(kOk, run({"init", "--dir", ca, "--key-type", "rsa3072", "--days", "90", "--permit",
                        "example.com,10.0.0.0/8", "--exclude=bad.example.com"}));
  STRCMP_CONTAINS("key:            RSA 3072\n", printed.c_str());
  STRCMP_CONTAINS("(90 days)", printed.c_str());
  STRCMP_CONTAINS("permitted:      example.com, 10.0.0.0/8\n", printed.c_str());
  STRCMP_CONTAINS("excluded:       bad.example.com\n", printed.c_str());
}

TEST(CaCommand, init_refuses_what_it_cannot_do) {
  LONGS_EQUAL(kUsage, run({"init"}));
  LONGS_EQUAL(kUsage, run({"init", "--dir", ca, "--key-type", "rsa1024"}));
  LONGS_EQUAL(kUsage, run({"init", "--dir", ca, "--days", "many"}));
  LONGS_EQUAL(kUsage, run({"init", "--dir", ca, "--days", "0"}));
  LONGS_EQUAL(kFaults, run({"init", "--dir", ca, "--permit", "*.example.com"}));
  LONGS_EQUAL(kFaults, run({"init", "--dir", ca, "--name", std::string(65, 'a')}));
  LONGS_EQUAL(kFaults, run({"init", "--dir", ca + "/missing/deep"}));
  chmod(folder.path().c_str(), 0777);
  LONGS_EQUAL(kFaults, run({"init", "--dir", folder.path()}));
  STRCMP_CONTAINS("others can write to it", printed.c_str());
  chmod(folder.path().c_str(), 0700);
}

TEST(CaCommand, show_tells_whether_the_key_can_be_used) {
  LONGS_EQUAL(kOk, run({"init", "--dir", ca}));
  LONGS_EQUAL(kOk, run({"show", "--dir", ca}));
  STRCMP_CONTAINS("SHA-256:        ", printed.c_str());
  LONGS_EQUAL(kOk, run({"show", "--cert", ca + "/ca.pem"}));
  CHECK(printed.find("usable") == std::string::npos);
  chmod((ca + "/ca.key").c_str(), 0644);
  LONGS_EQUAL(kFaults, run({"show", "--dir", ca}));
  STRCMP_CONTAINS("usable:         no: ", printed.c_str());
  STRCMP_CONTAINS("by others", printed.c_str());
  LONGS_EQUAL(kUsage, run({"show"}));
  LONGS_EQUAL(kUsage, run({"show", "--dir", ca, "--cert", "x"}));
  LONGS_EQUAL(kFaults, run({"show", "--cert", folder.file("none.pem")}));
  STRCMP_CONTAINS("none.pem", printed.c_str());
}

TEST(CaCommand, show_says_when_it_has_expired) {
  CHECK(create_ca(ca, {.common_name = "Old", .days = 1}, time(nullptr) - 3 * 86400).ok());
  LONGS_EQUAL(kFaults, run({"show", "--dir", ca}));
  STRCMP_CONTAINS("(expired)", printed.c_str());
}

TEST(CaCommand, export_gives_the_certificate_and_never_the_key) {
  LONGS_EQUAL(kOk, run({"init", "--dir", ca}));
  LONGS_EQUAL(kOk, run({"export", "--dir", ca}));
  CHECK(printed == content(ca + "/ca.pem"));
  LONGS_EQUAL(kOk, run({"export", "--dir", ca, "--format", "der", "--out", folder.file("ca.crt")}));
  const std::string der = content(folder.file("ca.crt"));
  const auto certificate = navajo::mitm::from_der(der);
  CHECK(certificate != nullptr);
  CHECK(*export_ca(ca + "/ca.pem", true) == der);
  LONGS_EQUAL(kFaults, run({"export", "--dir", ca, "--out", folder.file("ca.crt")}));
  STRCMP_CONTAINS("nothing is overwritten", printed.c_str());
  LONGS_EQUAL(kFaults, run({"export", "--cert", ca + "/ca.key"}));
  CHECK(printed.find("PRIVATE") == std::string::npos);
}
