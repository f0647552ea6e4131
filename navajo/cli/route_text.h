// What `navajo route` prints, as text and as JSON, and what it takes of a running server's answer. Values; no input or
// output here.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "navajo/admin/line.h"
#include "navajo/route/shared_router.h"

namespace navajo::cli {

struct ConsideredText {
  std::string id, address, place, state, score;
  uint32_t load = 0, soft = 0, hard = 0, weight = 0, connect_us = 0;
  int32_t priority = 0;
  bool is_chosen = false;
};

struct SimulatedText {
  std::string id;
  uint64_t before = 0;  // at work when it began
  uint64_t chosen = 0;
};

ConsideredText text_of(const route::Considered& one, route::Policy policy);
// A `backend` line of the admin socket's routing show.
void apply_live_state(const admin::Line& line, route::LoadRowShm& row);

std::string why_text(const route::Location& client, const route::SharedRouter& router, const std::string& app,
                     const route::Choice& choice, const std::vector<ConsideredText>& rows);
std::string considered_json(const ConsideredText& row);
std::string verdict_json(const route::Location& client, const route::Choice& choice);
std::string simulated_text(const std::vector<SimulatedText>& rows, const std::map<std::string, uint64_t>& refused,
                           uint64_t clients);
std::string simulated_json(const std::vector<SimulatedText>& rows, const std::map<std::string, uint64_t>& refused,
                           uint64_t clients);

}  // namespace navajo::cli
