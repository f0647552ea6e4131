#include "navajo/route/places.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <system_error>

#include "navajo/base/build_config.h"
#include "navajo/route/region_map.h"
#if NAVAJO_HAVE_MAXMINDDB
#include <maxminddb.h>
#endif

namespace navajo::route {
namespace {

using base::Error;
using base::Failed;

constexpr off_t kLargest = 512 << 20;

struct Network {
  uint32_t address;
  int bits;
};
constexpr Network kPrivate[] = {
    {0x0a000000, 8}, {0x7f000000, 8}, {0xac100000, 12}, {0xc0a80000, 16}, {0xa9fe0000, 16}, {0x64400000, 10},
};

bool is_private(uint32_t address) {
  for (const Network& network : kPrivate)
    if ((address ^ network.address) >> (32 - network.bits) == 0) return true;
  return false;
}

// fc00::/7, fe80::/10, ::1
bool is_private(const in6_addr& address) {
  return (address.s6_addr[0] & 0xfe) == 0xfc || (address.s6_addr[0] == 0xfe && (address.s6_addr[1] & 0xc0) == 0x80) ||
         IN6_IS_ADDR_LOOPBACK(&address);
}

// An IPv4 address as such, also when it is mapped into IPv6. False: it is another.
bool is_v4(const reactor::Endpoint& client, sockaddr_in& into) {
  if (client.address.ss_family == AF_INET) {
    into = reinterpret_cast<const sockaddr_in&>(client.address);
    return true;
  }
  const auto& v6 = reinterpret_cast<const sockaddr_in6&>(client.address);
  if (client.address.ss_family != AF_INET6 || !IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr)) return false;
  into = {};
  into.sin_family = AF_INET;
  memcpy(&into.sin_addr, v6.sin6_addr.s6_addr + 12, 4);
  return true;
}

class OwnedFd {
 public:
  explicit OwnedFd(int fd) : fd_(fd) {}
  ~OwnedFd() {
    if (fd_ >= 0) close(fd_);
  }
  OwnedFd(const OwnedFd&) = delete;
  int get() const { return fd_; }

 private:
  const int fd_;
};

Failed<Error> failed(const std::string& what) {
  return Failed{Error{what + ": " + std::generic_category().message(errno)}};
}

}  // namespace

#if NAVAJO_HAVE_MAXMINDDB

class Places::Database {
 public:
  static base::Result<std::shared_ptr<const Database>> read(const std::string& file, struct stat& about) {
    const OwnedFd from(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
    if (from.get() < 0 || fstat(from.get(), &about) != 0) return failed("cannot be opened");
    if (!S_ISREG(about.st_mode) || about.st_size == 0 || about.st_size > kLargest)
      return Failed{Error{"is no file of 1 byte to 512 MB"}};
    const OwnedFd copy(memfd_create("navajo-geography", MFD_CLOEXEC));
    if (copy.get() < 0) return failed("has no room in memory");
    char buffer[64 * 1024];
    for (off_t done = 0; done < about.st_size;) {
      const ssize_t got = ::read(from.get(), buffer, sizeof buffer);
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return failed("cannot be read");
      if (got == 0) return Failed{Error{"has become shorter while it was read"}};
      if (write(copy.get(), buffer, static_cast<size_t>(got)) != got) return failed("has no room in memory");
      done += got;
    }
    std::shared_ptr<Database> made(new Database);
    const std::string path = "/proc/self/fd/" + std::to_string(copy.get());
    const int code = MMDB_open(path.c_str(), MMDB_MODE_MMAP, &made->mmdb_);
    if (code != MMDB_SUCCESS) return Failed{Error{std::string("is no MaxMind file: ") + MMDB_strerror(code)}};
    made->open_ = true;
    // Its tree and its records have to hold together at least where every hundredth network is looked up.
    for (uint32_t network = 0; network < 256; network++) {
      sockaddr_in address{};
      address.sin_family = AF_INET;
      address.sin_addr.s_addr = htonl(network << 24 | 1);
      int error = MMDB_SUCCESS;
      made->country(reinterpret_cast<const sockaddr*>(&address), error);
      if (error != MMDB_SUCCESS) return Failed{Error{std::string("is damaged: ") + MMDB_strerror(error)}};
    }
    return std::shared_ptr<const Database>(std::move(made));
  }
  ~Database() {
    if (open_) MMDB_close(&mmdb_);
  }

  uint16_t country(const sockaddr* address, int& error) const {
    MMDB_lookup_result_s found = MMDB_lookup_sockaddr(&mmdb_, address, &error);
    // A file of IPv4 addresses knows nothing of the others.
    if (error == MMDB_IPV6_LOOKUP_IN_IPV4_DATABASE_ERROR) error = MMDB_SUCCESS;
    if (error != MMDB_SUCCESS || !found.found_entry) return 0;
    static constexpr const char* kPaths[][3] = {
        {"country", "iso_code", nullptr},
        {"registered_country", "iso_code", nullptr},
        {"country_code", nullptr, nullptr},
        {"country", nullptr, nullptr},
    };
    for (const auto& path : kPaths) {
      MMDB_entry_data_s data;
      const int code = MMDB_aget_value(&found.entry, &data, path);
      if (code == MMDB_INVALID_DATA_ERROR || code == MMDB_CORRUPT_SEARCH_TREE_ERROR) error = code;
      if (code != MMDB_SUCCESS || !data.has_data || data.type != MMDB_DATA_TYPE_UTF8_STRING) continue;
      if (const uint16_t country = country_code({data.utf8_string, data.data_size}); country != 0) return country;
    }
    return 0;
  }

 private:
  Database() = default;
  MMDB_s mmdb_{};
  bool open_ = false;
};

#else

class Places::Database {
 public:
  static base::Result<std::shared_ptr<const Database>> read(const std::string&, struct stat&) {
    return Failed{Error{"cannot be read: this Navajo was built without libmaxminddb"}};
  }
  uint16_t country(const sockaddr*, int&) const { return 0; }
};

#endif

Places::Places(PlacesOptions options) : options_(std::move(options)) {
  own_ = of_country(options_.country);
  if (!options_.region.empty()) own_.region = options_.region;
}

Places::~Places() = default;

base::Result<std::unique_ptr<Places>> Places::open(PlacesOptions options) {
  std::unique_ptr<Places> places(new Places(std::move(options)));
  if (places->options_.file.empty()) return places;
  auto read = Database::read(places->options_.file, places->seen_);
  if (!read.ok()) return Failed{Error{places->options_.file + " " + read.error().text}};
  places->database_.replace(std::move(*read));
  return places;
}

Location Places::of_country(std::string_view country) {
  const uint16_t code = country_code(country);
  return {code, region_of(code)};
}

Location Places::locate(const reactor::Endpoint& client) const {
  sockaddr_in v4;
  const sockaddr* address = nullptr;
  if (is_v4(client, v4)) {
    if (is_private(ntohl(v4.sin_addr.s_addr))) return own_;
    address = reinterpret_cast<const sockaddr*>(&v4);
  } else if (client.address.ss_family == AF_INET6) {
    if (is_private(reinterpret_cast<const sockaddr_in6&>(client.address).sin6_addr)) return own_;
    address = reinterpret_cast<const sockaddr*>(&client.address);
  } else {
    return own_;  // of this machine
  }
  if (options_.file.empty()) return {};
  const auto database = database_.get();
  if (!database) return {};
  int error = 0;
  const uint16_t country = database->country(address, error);
  return {country, region_of(country)};
}

uint64_t Places::signature() const {
  const auto time =
      static_cast<uint64_t>(seen_.st_mtim.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(seen_.st_mtim.tv_nsec);
  return (time ^ static_cast<uint64_t>(seen_.st_ino) * 0x9e3779b97f4a7c15 ^
          static_cast<uint64_t>(seen_.st_size) << 40) |
         1;
}

Places::Refreshed Places::refresh(std::string& why) {
  struct stat now {};
  if (options_.file.empty()) return Refreshed::unchanged;
  // A file that is away for a moment is about to be replaced.
  if (stat(options_.file.c_str(), &now) != 0) return Refreshed::unchanged;
  if (now.st_mtim.tv_sec == seen_.st_mtim.tv_sec && now.st_mtim.tv_nsec == seen_.st_mtim.tv_nsec &&
      now.st_size == seen_.st_size && now.st_ino == seen_.st_ino)
    return Refreshed::unchanged;
  seen_ = now;
  auto read = Database::read(options_.file, now);
  if (!read.ok()) {
    why = options_.file + " " + read.error().text;
    return Refreshed::refused;
  }
  seen_ = now;
  database_.replace(std::move(*read));
  return Refreshed::loaded;
}

}  // namespace navajo::route
