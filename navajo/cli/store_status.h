// The session stores of a running instance for `navajo status`, asked for through the admin socket.
#pragma once

#include <string>
#include <vector>

#include "navajo/admin/line.h"
#include "navajo/base/result.h"
#include "navajo/cli/instance.h"
#include "navajo/observe/json_writer.h"
#include "navajo/observe/metrics_writer.h"

namespace navajo::cli {

// The error says why nobody can tell: no right to ask, no child that answers.
base::Result<std::vector<admin::Line>> ask_for_stores(const Instance& instance);

// Member "session_stores", an array of objects; or where nobody could tell "session_stores_error", the reason.
void write_stores(observe::JsonWriter& json, const base::Result<std::vector<admin::Line>>& stores);
// Nothing where nobody could tell.
void write_store_metrics(observe::MetricsWriter& out, const base::Result<std::vector<admin::Line>>& stores);
// A line for each.
std::string stores_text(const base::Result<std::vector<admin::Line>>& stores);

}  // namespace navajo::cli
