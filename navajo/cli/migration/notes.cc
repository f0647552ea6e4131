#include "navajo/cli/migration/notes.h"

#include <algorithm>

#include "navajo/config/text.h"
#include "navajo/observe/json_writer.h"

namespace navajo::cli::migration {
namespace {

constexpr struct {
  Outcome outcome;
  const char *title, *word;
} kOutcomes[] = {
    {Outcome::not_taken, "NOT taken:", "not_taken"},
    {Outcome::taken, "Taken:", "taken"},
    {Outcome::not_needed, "Not needed:", "not_needed"},
};

std::string told(const Directive& of) {
  bool plain = !of.words.empty() && of.words[0].find('@') == std::string::npos && of.words[0].size() <= 100;
  for (const char* part : {"secret", "passw", "token", "_key"})
    plain = plain && (of.name.starts_with("ssl_") || of.name.find(part) == std::string::npos);
  return config::printable(of.name + (plain ? " " + of.words[0] : ""));
}

std::string line_of(const Note& note) {
  return note.place.text() + ": " + note.directive + ": " + (note.guards != Guards::no ? "SECURITY: " : "") + note.text;
}

}  // namespace

void Notes::add(const Directive& of, Outcome outcome, Guards guards, std::string text) {
  notes_.push_back({of.where, told(of), std::move(text), outcome, guards});
}

const NoteRow* Notes::by_table(const Directive& of, std::span<const NoteRow> rows) {
  for (const NoteRow& row : rows) {
    const bool begins = row.name.ends_with('*');
    const std::string_view name = begins ? row.name.substr(0, row.name.size() - 1) : row.name;
    if (begins ? !of.name.starts_with(name) : of.name != name) continue;
    add(of, row.outcome, row.guards, row.text);
    return &row;
  }
  return nullptr;
}

Guards Notes::by_table_or_unknown(const Directive& of, std::span<const NoteRow> rows) {
  if (const NoteRow* row = by_table(of, rows)) return row->outcome == Outcome::not_taken ? row->guards : Guards::no;
  not_taken(of, "not known to this importer: see what it does, then `navajo config reference`");
  return Guards::no;
}

Guards Notes::whole_block(const Directive& of, std::span<const NoteRow> rows) {
  Guards worst = by_table_or_unknown(of, rows);
  if (notes_.back().outcome == Outcome::not_needed) return worst;
  for (const Directive& one : of.block) worst = std::max(worst, whole_block(one, rows));
  return worst;
}

std::vector<Note> Notes::in_order() const {
  std::vector<Note> out = notes_;
  const auto file = [](const Note& note) { return note.place.file ? std::string_view(*note.place.file) : ""; };
  std::stable_sort(out.begin(), out.end(), [&](const Note& a, const Note& b) {
    return file(a) != file(b) ? file(a) < file(b) : a.place.line < b.place.line;
  });
  return out;
}

bool Notes::lost_guards() const {
  return std::any_of(notes_.begin(), notes_.end(), [](const Note& one) { return one.guards != Guards::no; });
}

void append_list(std::string& out, const char* title, const std::vector<std::string>& lines) {
  if (lines.empty()) return;
  out += std::string("\n") + title + "\n";
  for (const std::string& line : lines) out += "  " + line + "\n";
}

std::string report_text(const ProxyReport& report) {
  std::string out = report.config + "\n";
  for (const auto& [outcome, title, word] : kOutcomes) {
    std::vector<std::string> lines;
    for (const Note& note : report.notes)
      if (note.outcome == outcome) lines.push_back(line_of(note));
    append_list(out, title, lines);
  }
  append_list(out, "To be run besides:", report.commands);
  append_list(out, "To be mended by hand:", report.faults);
  if (report.lost_guards)
    out += "\nWhat kept somebody out is not in the result: see the lines with SECURITY before it serves anybody.\n";
  out += report.faults.empty() ? "\nIt has no faults: navajo start --config " + report.config + "\n"
                               : "\nIt does not start yet: navajo check --config " + report.config + "\n";
  return out;
}

std::string report_json(const ProxyReport& report) {
  observe::JsonWriter json;
  json.begin_object().key("config").text(report.config);
  for (const auto& [outcome, title, word] : kOutcomes) {
    json.key(word).begin_array();
    for (const Note& note : report.notes) {
      if (note.outcome != outcome) continue;
      json.begin_object().key("place").text(note.place.text()).key("directive").text(note.directive);
      json.key("text").text(note.text).key("security").boolean(note.guards != Guards::no).end_object();
    }
    json.end_array();
  }
  const auto list = [&json](const char* name, const std::vector<std::string>& lines) {
    json.key(name).begin_array();
    for (const std::string& line : lines) json.text(line);
    json.end_array();
  };
  list("commands", report.commands);
  list("faults", report.faults);
  json.end_object();
  return json.str() + "\n";
}

}  // namespace navajo::cli::migration
