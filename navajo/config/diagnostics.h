// Faults of configuration files, all of them, each with file, line and column. Collected while files
// are read and checked; nothing is put to work while there is one. One thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "navajo/observe/log.h"

namespace navajo::config {

struct Position {
  std::string file;
  int line = 0;    // from 1; 0: the file as a whole
  int column = 0;  // from 1; 0: the line as a whole
};

struct Fault {
  Position where;
  observe::LogId id;
  std::string text;  // says what is wrong and, where it can, what was meant

  std::string line() const;  // "file:line:col: NVJnnnn text"
};

class Diagnostics {
 public:
  static constexpr size_t kLimit = 50;  // one line more says that there are more
  void fault(const Position& where, observe::LogId id, std::string text);
  // Said, but no reason to refuse.
  void notice(const Position& where, observe::LogId id, std::string text);
  // A setting that still works and will go: a notice, or a fault CONF-0001 under ch.nevis.ErrorOnDeprecated.
  void deprecated(const Position& where, const std::string& text);
  // A text that stands in no message from now on, not even its beginning: the output of a command
  // (of four characters or more).
  void hide(std::string secret);
  void refuse_deprecated() { deprecated_is_fault_ = true; }
  bool ok() const { return faults_.empty(); }
  // Of all faults, also those not kept: tells whether something went wrong between two looks.
  size_t count() const { return count_; }
  const std::vector<Fault>& faults() const { return faults_; }
  const std::vector<Fault>& notices() const { return notices_; }

 private:
  std::string without_secrets(std::string text) const;

  std::vector<Fault> faults_, notices_;
  std::vector<std::string> secrets_;
  size_t count_ = 0;
  bool deprecated_is_fault_ = false;
};

// ", did you mean 'x'?" for the nearest of the candidates, or nothing.
std::string did_you_mean(std::string_view given, const std::vector<std::string_view>& candidates);

}  // namespace navajo::config
