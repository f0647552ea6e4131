// What a reader of another proxy's configuration has read, as text for its tests.
#pragma once

#include <string>
#include <vector>

#include "navajo/cli/migration/directive.h"

namespace navajo::cli::migration {

// "name(word|word)@line;", or {...} instead of the semicolon.
inline std::string shown(const std::vector<Directive>& block) {
  std::string out;
  for (const Directive& one : block) {
    out += one.name + "(";
    for (size_t i = 0; i < one.words.size(); i++) out += (i ? "|" : "") + one.words[i];
    out += ")@" + std::to_string(one.where.line) + (one.has_block ? "{" + shown(one.block) + "}" : ";");
  }
  return out;
}

}  // namespace navajo::cli::migration
