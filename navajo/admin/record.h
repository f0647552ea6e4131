// One line of an answer, in the format the request asked for: a JSON object whose member "type" says what it is, or a
// line of admin/line.h whose one word does. Values; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "navajo/admin/request.h"
#include "navajo/observe/json_writer.h"

namespace navajo::admin {

class Record {
 public:
  Record(Format format, std::string_view type);
  Record& text(std::string_view name, std::string_view value);
  Record& natural(std::string_view name, uint64_t value);
  Record& boolean(std::string_view name, bool value);
  // With its newline.
  void append_to(std::string& out);

 private:
  Format format_;
  std::string line_;
  observe::JsonWriter json_;
};

}  // namespace navajo::admin
