#include "navajo/servlets/local_session_store/local_session_store_servlet.h"

#include "navajo/session/store_numbers.h"

namespace navajo::servlets {
namespace local_session_store {

api::Outcome LocalSessionStoreServlet::service(api::Request&, api::Response&) {
  return api::Outcome::refused(404, "session_store_is_no_page");
}

void LocalSessionStoreServlet::report(api::StatusWriter& writer) const {
  const session::StoreNumbers n = shared_->store().numbers();
  writer.text("state", session::state_word(n.level));
  writer.number("level", n.level);
  for (const session::StoreNumberRow& row : session::kStoreNumberRows)
    writer.number(row.name, static_cast<double>(n.*row.number));
  writer.number("memory_available_bytes", static_cast<double>(n.memory_size - n.memory_used));
  if (n.full_in) writer.number(session::kFullInName, static_cast<double>(n.full_in->count()));
}

namespace {

using config::ParamType;

const config::ParamSpec kParams[] = {
    {.name = "MemorySize",
     .type = ParamType::bytes,
     .required = true,
     .minimum = static_cast<int64_t>(session::kMinMemorySize),
     .doc = "Shared memory for all sessions of this store. It is used as sessions need it, never more; any size the "
            "machine has is possible. Of servlets with the same name, and over graceful restarts, the first one's "
            "counts."},
    {.name = "NumMutexes",
     .type = ParamType::integer,
     .default_value = "1000",
     .minimum = 1,
     .maximum = 1000000,
     .doc = "Locks that the sessions are spread over. More than 2000 are not made: the kernel frees no more of a "
            "process that is killed."},
    {.name = "MaxLifetime",
     .type = ParamType::seconds,
     .required = true,
     .minimum = 1,
     .doc = "How long a session lives at most, however busy it is."},
    {.name = "MaxInactiveInterval",
     .type = ParamType::seconds,
     .required = true,
     .minimum = 1,
     .doc = "After how long without a request a session ends. Whoever manages sessions may set another for some."},
    {.name = "MaxSessionSize",
     .type = ParamType::bytes,
     .default_value = "1M",
     .minimum = 1024,
     .doc = "How much memory one session may use. What would make it larger is refused; the session stays as it is."},
    {.name = "ReaperInterval",
     .type = ParamType::seconds,
     .default_value = "10",
     .minimum = 1,
     .doc = "How often the memory of sessions that timed out is given back, by one child at a time. A session whose "
            "time is up is refused at once."},
    {.name = "ReaperTimeOut",
     .type = ParamType::seconds,
     .default_value = "120",
     .minimum = 1,
     .doc = "A run that takes longer is reported and goes on the next time."},
};

std::unique_ptr<api::Servlet> make(const container::ComponentContext& context, const config::Params& params) {
  const session::SessionLimits limits{params.seconds("MaxLifetime"), params.seconds("MaxInactiveInterval")};
  auto shared = session::SharedStore::open({.name = context.name,
                                            .memory_size = params.bytes("MemorySize"),
                                            .stripes = static_cast<uint32_t>(params.integer("NumMutexes")),
                                            .max_session_size = params.bytes("MaxSessionSize")},
                                           {params.seconds("ReaperInterval"), params.seconds("ReaperTimeOut")});
  if (!shared.ok()) {
    params.fault("MemorySize", shared.error().text);
    return nullptr;
  }
  return std::make_unique<LocalSessionStoreServlet>(std::move(*shared), limits);
}

}  // namespace
}  // namespace local_session_store

std::span<const container::ServletRow> local_session_store_rows() {
  static const container::ServletRow rows[] = {
      {.name = "LocalSessionStoreServlet",
       .aliases = {"ch::nevis::nevisproxy::servlet::cache::local::LocalSessionStoreServlet",
                   "nevisproxy::servlet::cache::local::LocalSessionStoreServlet"},
       .params = local_session_store::kParams,
       .doc = "Keeps sessions in memory that all children share; found again over graceful restarts.",
       .make = local_session_store::make},
  };
  return rows;
}

}  // namespace navajo::servlets
