#include "navajo/cli/route_text.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "navajo/config/text.h"
#include "navajo/observe/json_writer.h"

namespace navajo::cli {
namespace {

using route::Policy;

constexpr const char* kPlaces[] = {"country", "region", "here", "elsewhere"};
constexpr const char* kPolicies[] = {"edge", "tiers", "leastConnections", "twoChoices", "roundRobin", "hash"};

std::string decimal(double value) {
  char text[32];
  snprintf(text, sizeof text, "%.3f", value);
  return text;
}

std::string country_text(uint16_t country) {
  if (country == 0) return "";
  return {static_cast<char>(country >> 8), static_cast<char>(country & 0xff)};
}

using Line = std::vector<std::string>;

// Columns as wide as their widest text; the last one as it is.
std::string in_columns(const std::vector<Line>& lines) {
  std::vector<size_t> widths;
  for (const Line& line : lines) {
    widths.resize(std::max(widths.size(), line.size()));
    for (size_t i = 0; i < line.size(); i++) widths[i] = std::max(widths[i], line[i].size());
  }
  std::string out;
  for (const Line& line : lines) {
    for (size_t i = 0; i < line.size(); i++) {
      out += (i == 0 ? "" : "  ") + line[i];
      if (i + 1 < line.size()) out.append(widths[i] - line[i].size(), ' ');
    }
    out += '\n';
  }
  return out;
}

uint64_t number_of(const admin::Line& line, const char* name) {
  const std::string* const value = line.field(name);
  return value ? strtoull(value->c_str(), nullptr, 10) : 0;
}

}  // namespace

ConsideredText text_of(const route::Considered& one, Policy policy) {
  const route::BackendRow& row = *one.candidate.backend;
  ConsideredText out;
  out.id = row.id;
  out.address = address_text(row);
  out.place = kPlaces[std::min(one.place, 3u)];
  out.state = word(one.standing);
  if (policy == Policy::tiers)
    out.score = (one.score.first == 0 ? "below soft, " : "at soft, ") + decimal(one.score.third);
  else
    out.score = decimal(one.score.first);
  out.load = one.load;
  out.soft = one.candidate.soft;
  out.hard = one.candidate.hard;
  out.weight = one.candidate.weight;
  out.connect_us = one.candidate.load->connect_us.load();
  out.priority = row.priority;
  return out;
}

void apply_live_state(const admin::Line& line, route::LoadRowShm& row) {
  row.at_work.store(std::min<uint64_t>(number_of(line, "in_flight"), route::LoadTable::kMaxAtWork));
  row.connect_us.store(static_cast<uint32_t>(std::min<uint64_t>(number_of(line, "connect_us"), INT32_MAX)));
  const std::string* const checked = line.field("checked");
  row.checked.store(checked && *checked == "down" ? route::Checked::down : route::Checked::unknown);
  const std::string* const health = line.field("health");
  if (health && *health == "ejected")
    row.ejected_until.store(route::to_ms(base::coarse_now()) + static_cast<int64_t>(number_of(line, "ejected_ms")));
  if (health && *health == "on_trial") row.ejected_until.store(1);
}

std::string why_text(const route::Location& client, const route::SharedRouter& router, const std::string& app,
                     const route::Choice& choice, const std::vector<ConsideredText>& rows) {
  const route::RouterOptions& options = router.options();
  std::string where = country_text(client.country);
  if (!client.region.empty())
    where += (where.empty() ? "" : ", ") + std::string("region ") + std::string(client.region);
  std::string out = "client: " + (where.empty() ? "place not known" : config::printable(where)) + "\nrouting " +
                    config::printable(options.name) + ", app " + config::printable(app) + ", policy " +
                    kPolicies[static_cast<size_t>(options.policy)] + ": ";
  out += choice ? config::printable(choice.backend().id) : std::string(word(choice.refusal()));
  out += " of " + std::to_string(rows.size()) + (rows.size() == 1 ? " candidate\n" : " candidates\n");
  std::vector<Line> lines = {
      {"", "ID", "ADDRESS", "PRIORITY", "PLACE", "LOAD", "SOFT", "HARD", "WEIGHT", "CONNECT-US", "STATE", "SCORE"}};
  for (const ConsideredText& row : rows)
    lines.push_back({row.is_chosen ? ">" : "", config::printable(row.id), config::printable(row.address),
                     std::to_string(row.priority), row.place, std::to_string(row.load), std::to_string(row.soft),
                     row.hard == 0 ? "-" : std::to_string(row.hard), std::to_string(row.weight),
                     row.connect_us == 0 ? "-" : std::to_string(row.connect_us), row.state, row.score});
  return out + in_columns(lines);
}

std::string considered_json(const ConsideredText& row) {
  observe::JsonWriter json;
  json.begin_object().key("type").text("candidate").key("id").text(row.id).key("address").text(row.address);
  json.key("chosen").boolean(row.is_chosen).key("priority").integer(row.priority).key("place").text(row.place);
  json.key("load").natural(row.load).key("soft").natural(row.soft).key("hard").natural(row.hard);
  json.key("weight").natural(row.weight).key("connect_us").natural(row.connect_us);
  json.key("state").text(row.state).key("score").text(row.score).end_object();
  return json.str();
}

std::string verdict_json(const route::Location& client, const route::Choice& choice) {
  observe::JsonWriter json;
  json.begin_object().key("type").text("end").key("country").text(country_text(client.country));
  json.key("region").text(client.region);
  if (choice)
    json.key("backend").text(choice.backend().id);
  else
    json.key("refused").text(word(choice.refusal()));
  json.end_object();
  return json.str();
}

std::string simulated_text(const std::vector<SimulatedText>& rows, const std::map<std::string, uint64_t>& refused,
                           uint64_t clients) {
  std::vector<Line> lines = {{"ID", "BEFORE", "CLIENTS", "SHARE"}};
  const auto share = [clients](uint64_t count) {
    return decimal(100.0 * static_cast<double>(count) / static_cast<double>(clients)) + "%";
  };
  for (const SimulatedText& row : rows)
    lines.push_back(
        {config::printable(row.id), std::to_string(row.before), std::to_string(row.chosen), share(row.chosen)});
  for (const auto& [why, count] : refused)
    lines.push_back({"refused: " + why, "", std::to_string(count), share(count)});
  return in_columns(lines) + std::to_string(clients) + (clients == 1 ? " client\n" : " clients\n");
}

std::string simulated_json(const std::vector<SimulatedText>& rows, const std::map<std::string, uint64_t>& refused,
                           uint64_t clients) {
  std::string out;
  for (const SimulatedText& row : rows) {
    observe::JsonWriter json;
    json.begin_object().key("type").text("backend").key("id").text(row.id);
    json.key("before").natural(row.before).key("clients").natural(row.chosen).end_object();
    out += json.str() + "\n";
  }
  observe::JsonWriter json;
  json.begin_object().key("type").text("end").key("clients").natural(clients).key("refused").begin_object();
  for (const auto& [why, count] : refused) json.key(why).natural(count);
  json.end_object().end_object();
  return out + json.str() + "\n";
}

}  // namespace navajo::cli
