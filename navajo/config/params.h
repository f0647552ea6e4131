// init-params: one table per servlet or filter says name, type, unit, default, range and meaning, and
// drives parsing, checking, defaults and the reference documentation. Values are checked against the
// table before the component is made, so a typed getter cannot fail on user input.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "navajo/config/diagnostics.h"

namespace navajo::config {

enum class ParamType : uint8_t {
  text,          // trimmed
  lines,         // one entry per line, trimmed, empty lines dropped
  boolean,       // true/false (also on/off, yes/no, 1/0)
  integer,
  bytes,         // plain number, or with K, M, G
  milliseconds,  // plain number, or with ms, s, m, h
  seconds,       // the same, plain number means seconds
  choice,        // one of `choices`
};

struct ParamSpec {
  const char* name;
  ParamType type = ParamType::text;
  bool required = false;
  const char* default_value = "";
  int64_t minimum = INT64_MIN, maximum = INT64_MAX;  // in the type's own unit
  const char* choices = "";                          // comma-separated
  const char* doc = "";                              // one or two sentences
};

// A value as it stands in web.xml.
struct ParamValue {
  std::string text;
  Position where;
};

class Params {
 public:
  // Checks values against specs (unknown names, types, ranges, missing ones) and reports into faults.
  Params(std::string owner, Position where, std::span<const ParamSpec> specs,
         std::map<std::string, ParamValue, std::less<>> values, Diagnostics& faults);

  bool has(std::string_view name) const;  // given in web.xml, not only a default
  const std::string& text(std::string_view name) const;
  std::vector<std::string> lines(std::string_view name) const;
  bool boolean(std::string_view name) const;
  int64_t integer(std::string_view name) const;
  uint64_t bytes(std::string_view name) const;
  std::chrono::milliseconds milliseconds(std::string_view name) const;
  std::chrono::seconds seconds(std::string_view name) const;

  // For checks a table cannot express; names file and line of the value (or of the owner, if absent).
  void fault(std::string_view name, std::string text) const;
  const std::string& owner() const { return owner_; }

 private:
  const ParamSpec& spec(std::string_view name) const;
  std::string owner_;
  Position where_;
  std::span<const ParamSpec> specs_;
  std::map<std::string, ParamValue, std::less<>> values_;
  Diagnostics* faults_;
};

}  // namespace navajo::config
