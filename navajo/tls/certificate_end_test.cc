#include "navajo/tls/certificate_end.h"

#include <unistd.h>

#include <cstdlib>
#include <ctime>
#include <fstream>
#include <string>

#include "navajo/tls/made_certificates.h"

#include "CppUTest/TestHarness.h"

using namespace navajo::tls;

TEST_GROUP(CertificateEnd) {
  char path[64] = "/tmp/navajo-certificate-XXXXXX";
  void setup() override {
    const int fd = mkstemp(path);
    CHECK(fd >= 0);
    close(fd);
  }
  void teardown() override { unlink(path); }
};

TEST(CertificateEnd, is_that_of_the_first_certificate_in_the_file) {
  CertificateWish wish;
  wish.valid_until = 5000;
  const MadeCertificate first = make_certificate(wish);
  wish.valid_until = 90000;
  const int64_t now = time(nullptr);
  std::ofstream(path) << first.pem() << make_certificate(wish).certificate_pem();
  const auto end = certificate_end(path);
  CHECK_TRUE(end.ok());
  CHECK(*end >= now + 4990 && *end <= now + 5010);
}

TEST(CertificateEnd, of_what_is_no_certificate_says_which_file) {
  std::ofstream(path) << "no certificate";
  const auto end = certificate_end(path);
  CHECK_FALSE(end.ok());
  CHECK(end.error().text.find(path) != std::string::npos);
}
