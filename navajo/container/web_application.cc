#include "navajo/container/web_application.h"

#include <exception>

#include "navajo/observe/log.h"

namespace navajo::container {

bool WebApplication::runs(const FilterMapping& mapping, const ServletEntry& servlet, std::string_view path) const {
  if (mapping.pattern ? !mapping.pattern->matches(path) : mapping.servlet != &servlet) return false;
  if (!mapping.exclude) return true;
  switch (mapping.exclude->search(path)) {
    case config::SearchResult::found: return false;
    case config::SearchResult::not_found: return true;
    case config::SearchResult::gave_up: break;
  }
  // A filter protects something: in doubt it runs.
  observe::log(observe::id::exclude_regex_gave_up,
               "exclude-url-regex of filter %s needs too many steps for a path of %zu bytes, the filter runs",
               mapping.filter->name.c_str(), path.size());
  return true;
}

void WebApplication::find(std::string_view path, Match& match) const {
  match.application = this;
  match.status = MatchStatus::no_servlet;
  std::string_view below = path.substr(path_.size());
  if (below.empty()) below = "/";
  for (const ServletMapping& mapping : servlet_mappings_) {
    if (!mapping.pattern.matches(below)) continue;
    match.status = MatchStatus::found;
    match.servlet = mapping.servlet;
    match.servlet_path_length = path_.size() + mapping.pattern.length(below);
    break;
  }
  if (!match.found()) return;
  std::array<uint64_t, Match::kMaxFilterMappings / 64> seen{};  // the same filter mapped twice runs once
  for (size_t i = 0; i < filter_mappings_.size(); i++) {
    const FilterMapping& mapping = filter_mappings_[i];
    uint64_t& word = seen[mapping.filter_number / 64];
    const uint64_t bit = uint64_t{1} << (mapping.filter_number % 64);
    if ((word & bit) || !runs(mapping, *match.servlet, below)) continue;
    word |= bit;
    match.filter_mappings[i / 64] |= uint64_t{1} << (i % 64);
  }
}

const ErrorPage* WebApplication::error_page(int status) const {
  for (const ErrorPage& page : error_pages_)
    if (page.status == status) return &page;
  return nullptr;
}

api::Servlet* WebApplication::servlet(std::string_view name) const {
  for (const auto& entry : servlets_)
    if (entry->name == name) return entry->servlet.get();
  return nullptr;
}

api::Servlet& WebApplication::entrance(api::Servlet& servlet) const {
  for (const auto& entry : servlets_)
    if (entry->servlet.get() == &servlet) return entry->entrance();
  return servlet;
}

api::Filter* WebApplication::filter(std::string_view name) const {
  for (const auto& entry : filters_)
    if (entry->name == name) return entry->filter.get();
  return nullptr;
}

void WebApplication::start_child() {
  const auto start = [](const std::string& name, auto& component) {
    try {
      component.start_child();
    } catch (const std::exception& failure) {
      observe::log(observe::id::component_start_failed, "%s could not be started in this child: %s", name.c_str(),
                   failure.what());
    }
  };
  for (const auto& entry : filters_) start(entry->name, *entry->filter);
  for (const auto& entry : servlets_) start(entry->name, *entry->servlet);
}

void WebApplication::stop_child() {
  for (const auto& entry : servlets_) entry->servlet->stop_child();
}

void WebApplication::report(api::StatusWriter& writer) const {
  writer.begin("context " + (path_.empty() ? "/" : path_));
  if (!id_.empty()) writer.text("id", id_);
  for (const auto& entry : filters_) {
    writer.begin("filter " + entry->name);
    writer.text("class", entry->class_name);
    entry->filter->report(writer);
    writer.end();
  }
  for (const auto& entry : servlets_) {
    writer.begin("servlet " + entry->name);
    writer.text("class", entry->class_name);
    entry->servlet->report(writer);
    writer.end();
  }
  writer.end();
}

void WebApplication::list(const std::string& host, std::vector<MappingLine>& out) const {
  for (const ServletMapping& mapping : servlet_mappings_) {
    MappingLine line{host, path_.empty() ? "/" : path_, mapping.pattern.text(), mapping.servlet->name,
                     mapping.servlet->class_name, {}};
    Match match;
    find(path_ + mapping.pattern.example(), match);
    for (size_t i = 0; i < filter_mappings_.size(); i++)
      if (match.filter_mappings[i / 64] >> (i % 64) & 1) line.filters.push_back(mapped_filter(i).name);
    out.push_back(std::move(line));
  }
}

}  // namespace navajo::container
