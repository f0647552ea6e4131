#include "navajo/limits/multipart_scan.h"

#include <memory_resource>
#include <string>

#include "CppUTest/TestHarness.h"

using namespace navajo::limits;

namespace {

constexpr const char* kForm = "multipart/form-data; boundary=XX";
constexpr const char* kMixed = "multipart/mixed; boundary=\"X X\"";

// "N parts", or what is wrong at which byte; the same in pieces of any size.
std::string judged(std::string_view type, std::string_view body, const MultipartLimits& limits = {}) {
  std::string first;
  for (const size_t piece : {body.size() + 1, size_t{1}, size_t{2}, size_t{7}}) {
    std::pmr::monotonic_buffer_resource memory;
    MultipartScan scan(type, limits, memory);
    for (size_t at = 0; at < body.size(); at += piece)
      if (!scan.feed(body.substr(at, piece))) break;
    std::string found = std::to_string(scan.parts()) + " parts";
    if (!scan.finish()) found = std::string(name_of(scan.fault())) + " at " + std::to_string(scan.position());
    if (first.empty())
      first = found;
    else
      STRCMP_EQUAL(first.c_str(), found.c_str());
  }
  return first;
}

std::string part(std::string_view content, std::string_view fields = "Content-Disposition: form-data; name=\"a\"\r\n") {
  return std::string("--XX\r\n").append(fields).append("\r\n").append(content).append("\r\n");
}

}  // namespace

TEST_GROUP(MultipartScan) {
  void passes(int parts, std::string_view body, std::string_view type = kForm, const MultipartLimits& limits = {}) {
    STRCMP_EQUAL((std::to_string(parts) + " parts").c_str(), judged(type, body, limits).c_str());
  }
  void fails(const char* how, std::string_view body, std::string_view type = kForm,
             const MultipartLimits& limits = {}) {
    const std::string found = judged(type, body, limits);
    STRCMP_EQUAL(how, found.substr(0, found.find(" at ")).c_str());
  }
};

TEST(MultipartScan, counts_the_parts_of_a_form) {
  passes(1, part("x") + "--XX--");
  passes(2, part("x") + part("\r\n-\r\n--\r\n--X\r\r\n--XY") + "--XX--\r\n");
  passes(1, part("") + "--XX--\r\n\r\n");
  passes(0, "--XX--\r\n");
  passes(1, "\r\n" + part("x") + "--XX--");
  passes(1, "--XX \t\r\nContent-Disposition: form-data; name=a; filename=\"b;c\"; filename*=UTF-8''b\r\n"
            "Content-Type: image/png\r\n\r\n\r\n\r\n--XX--  \r\n");
}

TEST(MultipartScan, takes_text_around_the_parts_of_mail_only) {
  passes(1, "To whom it\r\nmay concern\r\n--X X\r\n\r\nx\r\n--X X--\r\nend", kMixed);
  fails("text outside of parts", "hello\r\n" + part("x") + "--XX--");
  fails("text outside of parts", part("x") + "--XX--\r\nx");
}

TEST(MultipartScan, refuses_boundaries_that_are_none) {
  for (const char* type :
       {"multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=\"\"",
        "multipart/form-data; boundary=XX; boundary=YY", "multipart/form-data; boundary=\"XX \"",
        "multipart/form-data; boundary=\"X\\X\"", "multipart/form-data; boundary=XX, x",
        "multipart/form-data; boundary=\"X\xc3\xa9\"", "multipart/form-data; boundary={}"})
    STRCMP_EQUAL("no boundary that may be one at 0", judged(type, part("x") + "--XX--").c_str());
  passes(0, "--" + std::string(70, 'b') + "--", "multipart/form-data; boundary=" + std::string(70, 'b'));
  fails("no boundary that may be one", "--" + std::string(71, 'b') + "--",
        "multipart/form-data; boundary=" + std::string(71, 'b'));
}

TEST(MultipartScan, refuses_what_two_parsers_could_take_apart_differently) {
  fails("syntax", part("x\n--XX\r\nContent-Disposition: form-data; name=\"b\"\r\n\r\ny") + "--XX--");
  fails("syntax", part("x\r\n--XXY") + "--XX--");
  fails("syntax", part("x\r\n--XX-") + "--XX--");
  fails("syntax", part("x\r\n--XX--y") + "--XX--");
  fails("syntax", part("x") + "--XX\n" + "Content-Disposition: form-data; name=\"b\"\r\n\r\n\r\n--XX--");
  fails("syntax", "--XX\r\nContent-Disposition: form-data; name=\"b\"\r\n\r\n--XX--");
  fails("syntax", part("x") + "--XX--\r\n" + part("y") + "--XX--");
  fails("syntax", part("x", "--XX: y\r\nContent-Disposition: form-data; name=\"b\"\r\n") + "--XX--");
  fails("incomplete", part("x"));
  fails("incomplete", part("x") + "--XX");
  fails("incomplete", part("x") + "--XX-");
  fails("incomplete", "");
}

TEST(MultipartScan, refuses_parts_without_a_clear_name) {
  for (const char* fields :
       {"", "X: y\r\n", "Content-Disposition: attachment; name=\"a\"\r\n", "Content-Disposition: form-data\r\n",
        "Content-Disposition: form-data; name=a; name=b\r\n", "Content-Disposition: form-data; name=\"a\r\n",
        "Content-Disposition: form-data; name=a; filename=b; filename=c\r\n",
        "Content-Disposition: form-data; name=a\r\ncontent-disposition: form-data; name=b\r\n"})
    fails("part without one clear name", part("x", fields) + "--XX--");
  passes(1, "--X X\r\n\r\nx\r\n--X X--", kMixed);
}

TEST(MultipartScan, refuses_malformed_fields) {
  for (const char* fields :
       {"X\r\n", "X : y\r\n", ": y\r\n", "X: y\r\n folded\r\n", "X: y\n", "X: \x01\r\n", "X: y\rz\r\n"})
    fails("malformed field of a part", part("x", fields) + "--XX--");
}

TEST(MultipartScan, refuses_parts_nobody_would_count) {
  fails(
      "multipart inside of a part",
      part("x", "Content-Disposition: form-data; name=a\r\nContent-Type: Multipart/mixed; boundary=Y\r\n") + "--XX--");
}

TEST(MultipartScan, enforces_each_of_its_limits) {
  passes(2, part("") + part("") + "--XX--", kForm, {.parts = 2});
  fails("too many parts", part("") + part("") + "--XX--", kForm, {.parts = 1});
  for (const char* content : {"12345", "\r\n--X", "1\r\n\r\n", "\n\n\n\n\n"}) {
    const MultipartLimits fits{.part_size = std::string_view(content).size()};
    passes(1, part(content) + "--XX--", kForm, fits);
    fails("too long a part", part(content) + "--XX--", kForm, {.part_size = fits.part_size - 1});
  }
  fails("too long a part", part(std::string(1000, 'x')), kForm, {.part_size = 10});
  const std::string fields = "Content-Disposition: form-data; name=a\r\n";  // and the empty line: 42 bytes
  passes(1, part("x", fields) + "--XX--", kForm, {.header_size = 42});
  fails("too many bytes of fields in a part", part("x", fields) + "--XX--", kForm, {.header_size = 41});
  fails("too many bytes of fields in a part", part("x", "X: " + std::string(MultipartScan::kMostHeader, 'y') + "\r\n"));
}
