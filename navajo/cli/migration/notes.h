// What became of each directive of a configuration that was imported: the report. Of a directive its name and first
// word are told, since others may be passwords. Values; one thread.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "navajo/cli/migration/directive.h"

namespace navajo::cli::migration {

enum class Outcome : uint8_t { taken, not_needed, not_taken };
// What a directive that was not taken did: access kept somebody out, rate slowed somebody down.
enum class Guards : uint8_t { no, rate, access };

struct Note {
  Place place;
  std::string directive, text;
  Outcome outcome = Outcome::not_taken;
  Guards guards = Guards::no;
};

// What is said of a directive that needs no code. name: may end with '*'.
struct NoteRow {
  std::string_view name;
  Outcome outcome;
  Guards guards;
  const char* text;  // as what; why not needed; what to do
};

class Notes {
 public:
  void taken(const Directive& of, std::string text) { add(of, Outcome::taken, Guards::no, std::move(text)); }
  void not_needed(const Directive& of, std::string text) { add(of, Outcome::not_needed, Guards::no, std::move(text)); }
  void not_taken(const Directive& of, std::string text, Guards guards = Guards::no) {
    add(of, Outcome::not_taken, guards, std::move(text));
  }
  // By the first row that fits. Null: none does, and nothing is noted.
  const NoteRow* by_table(const Directive& of, std::span<const NoteRow> rows);
  // The same; what is in no row is not taken, and said so. What is lost with it.
  Guards by_table_or_unknown(const Directive& of, std::span<const NoteRow> rows);
  // A block with all that is in it, unless it is not needed.
  Guards whole_block(const Directive& of, std::span<const NoteRow> rows);

  void command(std::string line) { commands_.push_back(std::move(line)); }

  const std::vector<Note>& all() const { return notes_; }
  std::vector<Note> in_order() const;  // of files and lines
  const std::vector<std::string>& commands() const { return commands_; }
  bool lost_guards() const;

 private:
  void add(const Directive& of, Outcome outcome, Guards guards, std::string text);
  std::vector<Note> notes_;
  std::vector<std::string> commands_;
};

struct ProxyReport {
  std::string config;  // the navajo.xml that came of it
  std::vector<Note> notes;
  std::vector<std::string> commands;  // to be run besides
  std::vector<std::string> faults;    // that `navajo check` finds in the result
  bool lost_guards = false;
};
std::string report_text(const ProxyReport& report);
std::string report_json(const ProxyReport& report);

// A title and indented lines; nothing where there are none.
void append_list(std::string& out, const char* title, const std::vector<std::string>& lines);

}  // namespace navajo::cli::migration
