// A section of HAProxy's configuration with the defaults that hold for it, and the words of its bind and server lines.
// For haproxy.cc.
#pragma once

#include <string>
#include <string_view>

#include "navajo/cli/migration/site.h"

namespace navajo::cli::migration {

struct HaproxySection {
  const Directive* own = nullptr;
  const Directive* defaults = nullptr;  // those that hold for it; null: none
  bool noted = false, closed = false;

  // The value of a setting: "timeout connect" has its name and first word here. Null: it is not set.
  const Directive* setting(std::string_view name, std::string_view word = {}) const {
    const Directive* found = nullptr;
    for (const Directive* section : {own, defaults}) {
      if (!section || found) continue;
      for (const Directive& one : section->block)
        if (one.name == name && (word.empty() || one.word(0) == word)) found = &one;
    }
    return found;
  }
  bool is_http() const {
    const Directive* mode = setting("mode");
    return mode && mode->word(0) == "http";
  }
};

// The words behind the address of a `bind` line. False: it cannot be listened on so.
bool take_bind_options(const Directive& d, const std::string& folder, Listener& listener, Notes& notes);
// A word of a `server` line that connectors and Routings skip or cannot have, with its value. False: not known.
bool take_server_word(const Directive& d, const std::string& word, const std::string& value,
                      const HaproxySection& section, Notes& notes, size_t& at);

}  // namespace navajo::cli::migration
