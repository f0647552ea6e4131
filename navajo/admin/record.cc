#include "navajo/admin/record.h"

namespace navajo::admin {

Record::Record(Format format, std::string_view type) : format_(format) {
  if (format_ == Format::json)
    json_.begin_object().key("type").text(type);
  else
    line_ = type;
}

Record& Record::text(std::string_view name, std::string_view value) {
  if (format_ == Format::json)
    json_.key(name).text(value);
  else
    append_field(line_, name, value);
  return *this;
}

Record& Record::natural(std::string_view name, uint64_t value) {
  if (format_ == Format::json)
    json_.key(name).natural(value);
  else
    append_field(line_, name, std::to_string(value));
  return *this;
}

Record& Record::boolean(std::string_view name, bool value) {
  if (format_ == Format::json)
    json_.key(name).boolean(value);
  else
    append_field(line_, name, value ? "true" : "false");
  return *this;
}

void Record::append_to(std::string& out) {
  if (format_ == Format::json) {
    json_.end_object();
    out += json_.str();
  } else {
    out += line_;
  }
  out += '\n';
}

}  // namespace navajo::admin
