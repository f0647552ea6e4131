#include "navajo/route/sqlite_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "navajo/base/build_config.h"

#if NAVAJO_HAVE_SQLITE
#include <sqlite3.h>
#endif

namespace navajo::route {

using base::Failed;
using Kind = SqliteError::Kind;

#if NAVAJO_HAVE_SQLITE

namespace {

// Of one text or row: what is longer is no table of backends.
constexpr int kLongestValue = 1 << 20;
constexpr off_t kLargestCopy = 64 << 20;

SqliteError error_of(sqlite3* file, int code) {
  SqliteError out;
  out.text = file ? sqlite3_errmsg(file) : sqlite3_errstr(code);
  switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED: out.kind = Kind::busy; break;
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
    case SQLITE_FORMAT: out.kind = Kind::unusable; break;
    default: break;
  }
  return out;
}

bool is_there(const std::string& path) {
  struct stat found{};
  return stat(path.c_str(), &found) == 0 && found.st_size > 0;
}

// All of it is in the one file.
bool is_whole(const std::string& path) { return !is_there(path + "-wal") && !is_there(path + "-journal"); }

bool same_file(const struct stat& a, const struct stat& b) {
  return a.st_dev == b.st_dev && a.st_ino == b.st_ino && a.st_size == b.st_size &&
         a.st_mtim.tv_sec == b.st_mtim.tv_sec && a.st_mtim.tv_nsec == b.st_mtim.tv_nsec;
}

class File {
 public:
  explicit File(int fd) : fd_(fd) {}
  ~File() {
    if (fd_ >= 0) ::close(fd_);
  }
  File(const File&) = delete;
  int fd() const { return fd_; }

 private:
  int fd_;
};

bool copy_bytes(int from, int to) {
  std::array<char, 16384> piece;
  off_t at = 0;
  for (;;) {
    const ssize_t got = pread(from, piece.data(), piece.size(), at);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return got == 0;
    // Offsets 18 and 19 of the head: 2 is WAL, 1 is not. All of it is in this one file.
    if (at == 0 && got > 19)
      for (const size_t i : {18, 19})
        if (piece[i] == 2) piece[i] = 1;
    for (ssize_t put = 0; put < got;) {
      const ssize_t done = pwrite(to, piece.data() + put, static_cast<size_t>(got - put), at + put);
      if (done < 0 && errno == EINTR) continue;
      if (done <= 0) return false;
      put += done;
    }
    at += got;
  }
}

}  // namespace

// ---------------------------------------------------------------- statements

void SqliteStatement::finalize(sqlite3_stmt* statement) { sqlite3_finalize(statement); }

void SqliteStatement::bind(int index, std::string_view text) {
  sqlite3_bind_text(statement_.get(), index, text.data(), static_cast<int>(text.size()), SQLITE_TRANSIENT);
}

void SqliteStatement::bind(int index, int64_t number) { sqlite3_bind_int64(statement_.get(), index, number); }

base::Result<bool, SqliteError> SqliteStatement::step() {
  const int code = sqlite3_step(statement_.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return Failed{error_of(file_, code)};
}

std::optional<std::string> SqliteStatement::text(int column) const {
  if (sqlite3_column_type(statement_.get(), column) == SQLITE_NULL) return std::nullopt;
  const void* bytes = sqlite3_column_type(statement_.get(), column) == SQLITE_BLOB
                          ? sqlite3_column_blob(statement_.get(), column)
                          : sqlite3_column_text(statement_.get(), column);
  const int size = sqlite3_column_bytes(statement_.get(), column);
  return bytes ? std::string(static_cast<const char*>(bytes), static_cast<size_t>(size)) : std::string();
}

bool SqliteStatement::is_blob(int column) const {
  return sqlite3_column_type(statement_.get(), column) == SQLITE_BLOB;
}

int64_t SqliteStatement::integer(int column) const { return sqlite3_column_int64(statement_.get(), column); }

void SqliteStatement::reset() {
  sqlite3_reset(statement_.get());
  sqlite3_clear_bindings(statement_.get());
}

// ---------------------------------------------------------------- files

void SqliteFile::close(sqlite3* file) { sqlite3_close_v2(file); }

base::Result<SqliteFile, SqliteError> SqliteFile::open(const std::string& path, Access access,
                                                       std::chrono::milliseconds patience) {
  const int flags = access == Access::read    ? SQLITE_OPEN_READONLY
                    : access == Access::write ? SQLITE_OPEN_READWRITE
                                              : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
  if (access != Access::create) {
    // SQLite's own word for all of these is "unable to open database file". Not by opening it: who closes a file gives
    // up all locks his process has on it, those of other connections with it.
    struct stat found{};
    if (stat(path.c_str(), &found) != 0 || faccessat(AT_FDCWD, path.c_str(), R_OK, AT_EACCESS) != 0)
      return Failed{SqliteError{strerror(errno), Kind::failed}};
    if (!S_ISREG(found.st_mode)) return Failed{SqliteError{"it is no regular file", Kind::failed}};
    if (access == Access::write && faccessat(AT_FDCWD, path.c_str(), W_OK, AT_EACCESS) != 0)
      return Failed{SqliteError{strerror(errno), Kind::failed}};
  }
  sqlite3* raw = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &raw, flags | SQLITE_OPEN_NOMUTEX, nullptr);
  SqliteFile out(raw);
  if (code != SQLITE_OK) return Failed{error_of(raw, code)};
  sqlite3_busy_timeout(raw, static_cast<int>(patience.count()));
  sqlite3_extended_result_codes(raw, 1);
  sqlite3_limit(raw, SQLITE_LIMIT_LENGTH, kLongestValue);
  // Whoever wrote the file has no functions of ours to call from its views and triggers.
  if (const auto ran = out.run("PRAGMA trusted_schema = OFF"); !ran.ok()) return Failed{ran.error()};
  if (access == Access::read) {
    const int first = sqlite3_exec(raw, "SELECT count(*) FROM sqlite_master", nullptr, nullptr, nullptr);
    if (first == SQLITE_OK) return out;
    const SqliteError why = error_of(raw, first);
    const bool may_not = (first & 0xff) == SQLITE_CANTOPEN || (first & 0xff) == SQLITE_READONLY;
    if (may_not && is_whole(path)) return open_copy(path, why);
    return Failed{why};
  }
  return out;
}

// Closing it here costs no connection of this process a lock it needs: who could have one to write does not get here.
base::Result<SqliteFile, SqliteError> SqliteFile::open_copy(const std::string& path, SqliteError why) {
  const File from(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat before{}, after{};
  if (from.fd() < 0 || fstat(from.fd(), &before) != 0 || before.st_size > kLargestCopy) return Failed{why};
  const char* folder = getenv("TMPDIR");
  std::string name = std::string(folder && *folder ? folder : "/tmp") + "/navajo-routing-XXXXXX";
  const File to(mkostemp(name.data(), O_CLOEXEC));
  if (to.fd() < 0) return Failed{SqliteError{why.text + ", and no copy can be made: " + strerror(errno), Kind::failed}};
  sqlite3* raw = nullptr;
  int code = SQLITE_IOERR;
  if (copy_bytes(from.fd(), to.fd())) code = sqlite3_open_v2(name.c_str(), &raw, SQLITE_OPEN_READONLY, nullptr);
  SqliteFile out(raw);
  out.copy_ = true;
  if (code == SQLITE_OK) code = sqlite3_exec(raw, "SELECT count(*) FROM sqlite_master", nullptr, nullptr, nullptr);
  const SqliteError failed = error_of(raw, code);
  unlink(name.c_str());
  if (code != SQLITE_OK) return Failed{failed};
  // Somebody has begun to write meanwhile: what was copied may be half of it.
  if (stat(path.c_str(), &after) != 0 || !same_file(before, after) || !is_whole(path))
    return Failed{SqliteError{"it is being written", Kind::busy}};
  sqlite3_limit(raw, SQLITE_LIMIT_LENGTH, kLongestValue);
  return out;
}

base::Result<SqliteStatement, SqliteError> SqliteFile::prepare(const std::string& sql) {
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v2(file_.get(), sql.data(), static_cast<int>(sql.size()), &statement, nullptr);
  if (code != SQLITE_OK) return Failed{error_of(file_.get(), code)};
  return SqliteStatement(file_.get(), statement);
}

base::Status<SqliteError> SqliteFile::run(const std::string& sql) {
  const int code = sqlite3_exec(file_.get(), sql.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return Failed{error_of(file_.get(), code)};
  return base::Done{};
}

int64_t SqliteFile::changes() const { return sqlite3_changes(file_.get()); }

int64_t SqliteFile::data_version() {
  auto statement = prepare("PRAGMA data_version");
  if (!statement.ok()) return 0;
  const auto row = statement->step();
  return row.ok() && *row ? statement->integer(0) : 0;
}

#else

void SqliteStatement::finalize(sqlite3_stmt*) {}
void SqliteStatement::bind(int, std::string_view) {}
void SqliteStatement::bind(int, int64_t) {}
base::Result<bool, SqliteError> SqliteStatement::step() { return false; }
std::optional<std::string> SqliteStatement::text(int) const { return std::nullopt; }
bool SqliteStatement::is_blob(int) const { return false; }
int64_t SqliteStatement::integer(int) const { return 0; }
void SqliteStatement::reset() {}
void SqliteFile::close(sqlite3*) {}
base::Result<SqliteFile, SqliteError> SqliteFile::open(const std::string&, Access, std::chrono::milliseconds) {
  return Failed{SqliteError{"this Navajo was built without SQLite", Kind::failed}};
}
base::Result<SqliteStatement, SqliteError> SqliteFile::prepare(const std::string&) { return Failed{SqliteError{}}; }
base::Status<SqliteError> SqliteFile::run(const std::string&) { return Failed{SqliteError{}}; }
int64_t SqliteFile::changes() const { return 0; }
int64_t SqliteFile::data_version() { return 0; }

#endif

}  // namespace navajo::route
