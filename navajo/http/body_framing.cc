#include "navajo/http/body_framing.h"

namespace navajo::http {

BodyFraming response_framing(std::string_view request_method, const ResponseHead& head) {
  const int status = head.status();
  if (request_method == "HEAD" || status < 200 || status == 204 || status == 304) return {};
  if (head.chunked()) return {BodyFraming::Kind::chunked, 0};
  if (head.content_length()) return {BodyFraming::Kind::length, *head.content_length()};
  return {BodyFraming::Kind::until_close, 0};
}

bool is_idempotent(std::string_view method) {
  for (const std::string_view one : {"GET", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE"})
    if (method == one) return true;
  return false;
}

}  // namespace navajo::http
