// The terminal while `navajo top` has it: keys one by one, a picture over the other, and the terminal as it was on
// every way out - the end of the program, a signal that ends or stops it, a crash. One object at a time; one thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

namespace navajo::cli::top {

enum class Key : uint8_t { none, quit, left, right, up, down, tab, pause, reverse, help };

class Screen {
 public:
  // False: standard input or output is no terminal.
  static bool is_terminal();
  Screen();
  ~Screen();
  Screen(const Screen&) = delete;

  size_t rows() const;
  size_t columns() const;
  void show(const std::string& lines);
  // The next key, or none after `patience`; also none when the size has changed; quit at the end of input or when a
  // signal asks for the end.
  Key wait(std::chrono::milliseconds patience);

 private:
  std::string typed_;  // read, and not answered with yet: several keys may come at once
};

// What a terminal sends for a key, as far as it is one of ours.
Key key_of(const std::string& bytes);
// The first key of what was typed, which goes from it. Not of an empty text.
Key take_key(std::string& typed);

}  // namespace navajo::cli::top
