// A configuration of another proxy as its reader has it: directives with their words, in blocks, each with its place.
// Nothing is understood yet. Values.
#pragma once

#include <memory>
#include <string>
#include <vector>

namespace navajo::cli::migration {

struct Place {
  std::shared_ptr<const std::string> file;
  int line = 0;
  std::string text() const { return (file ? *file : std::string()) + ":" + std::to_string(line); }
};

struct Directive {
  std::string name;
  std::vector<std::string> words;  // behind the name, without quotes
  Place where;
  bool has_block = false;
  std::vector<Directive> block;

  const std::string& word(size_t index) const {
    static const std::string kNone;
    return index < words.size() ? words[index] : kNone;
  }
};

}  // namespace navajo::cli::migration
