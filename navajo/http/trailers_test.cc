#include <string>

#include "navajo/http/chunked_decoder.h"
#include "navajo/http/trailers.h"

#include "CppUTest/TestHarness.h"

using namespace navajo::http;

namespace {

std::string kept(std::string body, size_t step) {
  ChunkedDecoder decoder;
  std::string lines;
  decoder.keep_trailers(&lines);
  auto state = ChunkedDecoder::State::incomplete;
  for (size_t at = 0; at < body.size() && state == ChunkedDecoder::State::incomplete; at += step)
    state = decoder.decode({body.data() + at, std::min(step, body.size() - at)}).state;
  return state == ChunkedDecoder::State::complete ? lines : "not complete";
}

}  // namespace

TEST_GROUP(Trailers) {};

TEST(Trailers, fields_that_say_something_about_the_body_may_follow_it) {
  for (const char* name : {"Digest", "Server-Timing", "grpc-status", "grpc-message", "X-Checksum", "ETag"})
    CHECK_TRUE(may_follow_body(name));
}

TEST(Trailers, fields_that_steer_the_message_may_not) {
  for (const char* name :
       {"Content-Length", "Transfer-Encoding", "Host", "TE", "Trailer", "Connection", "Set-Cookie", "Authorization",
        "Cookie", "Location", "Content-Type", "content-encoding", "Cache-Control", "Range", "If-None-Match", "Via",
        "X-Forwarded-For", "X_Forwarded_For", "X-Forwarded-Anything", "Forwarded", "Expect", "Proxy", "SET_COOKIE", ""})
    CHECK_FALSE(may_follow_body(name));
}

TEST(Trailers, a_decoder_keeps_the_lines_however_they_are_cut) {
  const std::string body = "3\r\nabc\r\n0\r\nDigest: a=b \r\nX-Two:2\r\n\r\n";
  for (const size_t step : {1, 2, 7, 1000}) STRCMP_EQUAL("Digest: a=b \r\nX-Two:2\r\n", kept(body, step).c_str());
  STRCMP_EQUAL("", kept("0\r\n\r\n", 1).c_str());
}

TEST(Trailers, are_visited_with_trimmed_values_until_the_visitor_has_enough) {
  std::string seen;
  for_each_trailer("Digest: a=b \r\nX-Two:2\r\nX-Three: 3\r\n", [&](std::string_view name, std::string_view value) {
    seen += std::string(name) + "=" + std::string(value) + ";";
    return name != "X-Two";
  });
  STRCMP_EQUAL("Digest=a=b;X-Two=2;", seen.c_str());
}

TEST(Trailers, are_for_clients_that_say_so) {
  HeaderList fields;
  CHECK_FALSE(accepts_trailers(fields));
  fields.add("TE", "gzip;q=0.5, Trailers");
  CHECK_TRUE(accepts_trailers(fields));
  HeaderList other;
  other.add("TE", "trailersx");
  CHECK_FALSE(accepts_trailers(other));
}
