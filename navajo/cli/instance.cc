#include "navajo/cli/instance.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>

#include "navajo/observe/process_identity.h"

namespace navajo::cli {
namespace {

base::Failed<base::Error> failed(const std::string& path, const char* what) {
  return {base::Error{path + ": " + what + ": " + strerror(errno)}};
}

std::string member(const std::string& text, const std::string& name) {
  const std::string key = name + "=";
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    if (text.compare(at, key.size(), key) == 0) return text.substr(at + key.size(), end - at - key.size());
    at = end + 1;
  }
  return "";
}

}  // namespace

base::Status<> write_file(const std::string& path, const std::string& text) {
  const std::string temporary = path + ".new";
  unlink(temporary.c_str());
  const int fd = open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0644);
  if (fd < 0) return failed(temporary, "cannot create");
  size_t written = 0;
  while (written < text.size()) {
    const ssize_t length = write(fd, text.data() + written, text.size() - written);
    if (length < 0 && errno == EINTR) continue;
    if (length <= 0) {
      close(fd);
      unlink(temporary.c_str());
      return failed(temporary, "cannot write");
    }
    written += static_cast<size_t>(length);
  }
  if (close(fd) != 0 || rename(temporary.c_str(), path.c_str()) != 0) return failed(path, "cannot write");
  return base::Done{};
}

base::Result<std::string> read_file(const std::string& path, size_t limit) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return failed(path, "cannot open");
  std::string text;
  char buffer[4096];
  ssize_t length;
  while ((length = read(fd, buffer, sizeof buffer)) > 0 && text.size() < limit) {
    text.append(buffer, static_cast<size_t>(length));
  }
  close(fd);
  if (length < 0) return failed(path, "cannot read");
  return text;
}

base::Status<> write_instance(const Instance& instance) {
  return write_file(instance.run_directory + "/instance",
                    "config=" + instance.config + "\npid_file=" + instance.pid_file +
                        "\nmpm=" + instance.mpm + "\nlogs=" + instance.logs + "\n");
}

base::Result<Instance> read_instance(const std::string& run_directory) {
  const auto text = read_file(run_directory + "/instance");
  if (!text) return base::Failed{text.error()};
  Instance instance{run_directory, member(*text, "config"), member(*text, "pid_file"), member(*text, "mpm"),
                    member(*text, "logs")};
  if (instance.config.empty() || instance.pid_file.empty() || instance.mpm.empty() || instance.logs.empty()) {
    return base::Failed{base::Error{run_directory + "/instance: damaged"}};
  }
  return instance;
}

std::optional<pid_t> Instance::running() const {
  const auto text = read_file(pid_file);
  if (!text) return std::nullopt;
  pid_t pid = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), pid);
  if (error != std::errc() || pid <= 1) return std::nullopt;
  if (!observe::ProcessIdentity(static_cast<uint64_t>(pid) << 32).alive()) return std::nullopt;
  // The pid of a server long gone may be anybody's by now: ours has our httpd.conf among its arguments.
  const auto arguments = read_file("/proc/" + std::to_string(pid) + "/cmdline");
  if (arguments && !arguments->empty()) {
    const std::string word = '\0' + stub() + '\0';
    if (arguments->find(word) == std::string::npos) return std::nullopt;
  }
  return pid;
}

}  // namespace navajo::cli
