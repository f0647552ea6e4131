#include "navajo/http/head_writer.h"

#include <charconv>
#include <cstring>

#include "navajo/http/request_target.h"
#include "navajo/http/syntax.h"

namespace navajo::http {

void HeadWriter::put(std::string_view text) {
  if (state_ != State::fine) return;
  if (text.size() > into_.size() - used_) {
    state_ = State::full;
    return;
  }
  memcpy(into_.data() + used_, text.data(), text.size());
  used_ += text.size();
}

void HeadWriter::request_line(std::string_view method, std::string_view target, std::string_view authority) {
  if (!is_token(method) || !is_request_target(target)) malformed();
  put(method);
  put(" ");
  if (!authority.empty()) {
    if (!is_host(authority)) malformed();
    put("http://");
    put(authority);
  }
  put(target);
  put(" HTTP/1.1\r\n");
}

void HeadWriter::field(std::string_view name, std::string_view value) {
  begin_field(name);
  part(value);
  end_field();
}

void HeadWriter::field(std::string_view name, uint64_t number) {
  char digits[20];
  const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
  field(name, std::string_view(digits, end - digits));
}

void HeadWriter::begin_field(std::string_view name) {
  if (!is_token(name)) malformed();
  put(name);
  put(": ");
}

void HeadWriter::part(std::string_view value) {
  if (!is_field_value(value)) malformed();
  put(value);
}

}  // namespace navajo::http
