// One file of rules as text and tree: finds the place of every byte of an attribute, also in one over several lines
// and with references like &quot; in it. Lives while rules are read; one thread.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "navajo/config/xml_document.h"
#include "navajo/config/xml_positions.h"

namespace navajo::rules {

class RulesDocument {
 public:
  // Null after faults went to diagnostics.
  static std::unique_ptr<RulesDocument> parse(const std::string& path, std::string text,
                                              config::Diagnostics& diagnostics);

  const std::string& path() const { return path_; }
  const config::XmlElement& root() const { return root_; }
  // The place of each byte of the value, and of what would be the next one.
  std::vector<config::TextPlace> places(const config::XmlAttribute& attribute) const;

 private:
  size_t offset_of(const config::Position& where) const;

  std::string path_, text_;
  config::XmlElement root_;
  std::vector<size_t> lines_;  // where each begins
};

}  // namespace navajo::rules
