// What the reference of navajo.xml expects beside it: a routing.db that the children's user may write. For tests.
#pragma once

#include <cstdlib>
#include <filesystem>

#include "navajo/config/temporary_folder.h"
#include "navajo/route/routing_db.h"

inline void make_demo_database(const navajo::config::TemporaryFolder& folder) {
  using navajo::route::RoutingDb;
  namespace fs = std::filesystem;
  setenv("NAVAJO_DEMO_DB", folder.path().c_str(), 1);
  (void)RoutingDb::open(folder.file("routing.db"), RoutingDb::Missing::create);
  fs::permissions(folder.path(), fs::perms::all);
  fs::permissions(folder.file("routing.db"), fs::perms::owner_read | fs::perms::owner_write | fs::perms::others_read |
                                                fs::perms::others_write);
}
