// Where clients are: their country out of a MaxMind file (mmdb, version 2.0 of its format), and the region of that.
// The file is read whole into memory that nobody else can change: one that is written over in place cannot harm a
// lookup. It is looked at again by refresh(); a broken one keeps what was there. Lookups from any thread, without lock
// and without memory from the heap.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "navajo/base/current_value.h"
#include "navajo/base/result.h"
#include "navajo/reactor/socket.h"

namespace navajo::route {

struct Location {
  uint16_t country = 0;       // country_code(); 0: not known
  std::string_view region{};  // of the table of regions, or the Places' own; empty: not known
};

struct PlacesOptions {
  std::string file;             // absolute; empty: nothing is looked up
  std::string country, region;  // where clients without a public address are
};

class Places {
 public:
  // Fails when the file cannot be used.
  static base::Result<std::unique_ptr<Places>> open(PlacesOptions options);
  ~Places();

  Location locate(const reactor::Endpoint& client) const;
  static Location of_country(std::string_view country);

  enum class Refreshed : uint8_t { unchanged, loaded, refused };
  // Looks whether the file is another; of refused, why. One thread.
  Refreshed refresh(std::string& why);
  // Of the file looked at last: size, time and inode in one.
  uint64_t signature() const;

 private:
  class Database;
  explicit Places(PlacesOptions options);

  const PlacesOptions options_;
  Location own_;
  base::CurrentValue<Database> database_;
  struct stat seen_ {};
};

}  // namespace navajo::route
