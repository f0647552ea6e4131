// What a person is told about a status code: the same words and the same small page whether httpd or the container
// refuses. Nothing in it stems from the request or a backend except the request id. Any thread.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace navajo::config {

struct StatusText {
  int status;
  const char* reason;       // "Not Found"
  const char* explanation;  // one sentence
};

// The codes somebody meets; httpd's ErrorDocument is set for each.
std::span<const StatusText> status_texts();
// Also for a code that is not in the list.
StatusText status_text(int status);

// One line of HTML without double quotes. request_id goes in as it is: the caller knows that it is harmless.
std::string error_page_html(const StatusText& text, std::string_view request_id);

}  // namespace navajo::config
