#include "navajo/identity/stored_request.h"

#include "navajo/http/request_target.h"

namespace navajo::identity {

std::pmr::string StoredRequest::text(std::pmr::memory_resource& memory) const {
  std::pmr::string out(&memory);
  out.append(method).append(" ").append(target).append("\n").append(content_type).append("\n").append(body);
  return out;
}

std::optional<StoredRequest> StoredRequest::parse(std::string_view text) {
  StoredRequest out;
  const size_t blank = text.find(' '), line = text.find('\n');
  if (blank == std::string_view::npos || line == std::string_view::npos || blank > line) return std::nullopt;
  out.method = text.substr(0, blank);
  out.target = text.substr(blank + 1, line - blank - 1);
  const size_t second = text.find('\n', line + 1);
  if (second == std::string_view::npos) return std::nullopt;
  out.content_type = text.substr(line + 1, second - line - 1);
  out.body = text.substr(second + 1);
  if (!http::is_request_target(out.target)) return std::nullopt;
  return out;
}

ReplayedRequest::ReplayedRequest(api::Request& now, const StoredRequest& stored)
    : RequestWrapper(now), stored_(stored), body_(stored.body) {
  for (const char* of_the_body : {"Content-Type", "Content-Length", "Transfer-Encoding", "Content-Encoding", "Expect"})
    headers().remove(of_the_body);
  if (!stored.has_body()) return;
  if (!stored.content_type.empty()) headers().set("Content-Type", stored.content_type);
  headers().set("Content-Length", std::to_string(stored.body.size()));
}

std::string_view ReplayedRequest::query() const {
  const size_t question = stored_.target.find('?');
  return question == std::string_view::npos ? std::string_view() : stored_.target.substr(question + 1);
}

api::BodyReader& ReplayedRequest::body() { return stored_.has_body() ? body_ : inner().body(); }

bool has_path(std::string_view target, std::string_view path) {
  return http::spelling_of_tail(target.substr(0, target.find('?')), path, 0).has_value();
}

}  // namespace navajo::identity
