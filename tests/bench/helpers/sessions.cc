// Sessions of three kinds measured with the same work: `store` is Navajo's LocalSessionStore used by processes, `map`
// a std::unordered_map with one mutex used by threads of one process, `redis` a Redis on loopback with one connection
// per process. Each worker creates its share, then looks sessions up and touches them in random order, then deletes
// its share. Prints one line of JSON: nanoseconds an operation takes its caller, and how many answers were wrong.
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "navajo/session/local_session_store.h"
#include "navajo/shm/arena.h"
#include "tests/bench/helpers/options.h"

using namespace std::chrono_literals;
using namespace navajo::session;

namespace {

constexpr size_t kIdLength = 32;
constexpr int kPhases = 3;
constexpr const char* kPhaseNames[kPhases] = {"create", "lookup_touch", "delete"};

struct Shared {
  std::atomic<uint32_t> arrived[kPhases];
  std::atomic<uint64_t> nanoseconds[kPhases];  // of all workers
  std::atomic<uint64_t> errors;
  char ids[];
};

// What one worker does; false: a wrong answer.
class Subject {
 public:
  virtual ~Subject() = default;
  virtual bool create(char* id) = 0;
  virtual bool lookup_touch(std::string_view id) = 0;
  virtual bool remove(std::string_view id) = 0;
};

class StoreSubject final : public Subject {
 public:
  explicit StoreSubject(LocalSessionStore& store) : store_(store) {}
  bool create(char* id) override {
    const auto made = store_.create({86400s, 3600s});
    if (!made.ok()) return false;
    memcpy(id, made->id.data(), kIdLength);
    return true;
  }
  bool lookup_touch(std::string_view id) override { return store_.find(id, 0ms).has_value(); }
  bool remove(std::string_view id) override {
    const auto found = store_.find(id, SessionStore::kNoTouch);
    return found && store_.invalidate(*found);
  }

 private:
  LocalSessionStore& store_;
};

// A random id as cheap as can be: this side is measured for its map.
void write_id(char* id, uint64_t number) {
  for (size_t i = 0; i < kIdLength; i++) {
    number = number * 6364136223846793005ull + 1442695040888963407ull;
    id[i] = static_cast<char>('A' + (number >> 33) % 26);
  }
}

struct PlainMap {
  struct Session {
    std::chrono::steady_clock::time_point touched;
  };
  std::mutex mutex;
  std::unordered_map<std::string, Session> sessions;
  std::atomic<uint64_t> next{1};
};

class MapSubject final : public Subject {
 public:
  explicit MapSubject(PlainMap& map) : map_(map) {}
  bool create(char* id) override {
    write_id(id, map_.next.fetch_add(1));
    const std::lock_guard lock(map_.mutex);
    return map_.sessions.emplace(std::string(id, kIdLength), PlainMap::Session{navajo::base::coarse_now()}).second;
  }
  bool lookup_touch(std::string_view id) override {
    const std::string key(id);
    const std::lock_guard lock(map_.mutex);
    const auto found = map_.sessions.find(key);
    if (found == map_.sessions.end()) return false;
    found->second.touched = navajo::base::coarse_now();
    return true;
  }
  bool remove(std::string_view id) override {
    const std::lock_guard lock(map_.mutex);
    return map_.sessions.erase(std::string(id)) == 1;
  }

 private:
  PlainMap& map_;
};

class RedisSubject final : public Subject {
 public:
  RedisSubject(uint16_t port, uint64_t seed) : socket_(::socket(AF_INET, SOCK_STREAM, 0)), next_(seed << 40) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int on = 1;
    setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    good_ = connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  }
  ~RedisSubject() override { close(socket_); }
  bool create(char* id) override {
    write_id(id, ++next_);
    return call({"SET", {id, kIdLength}, "session", "EX", "3600"}, "+OK\r\n");
  }
  bool lookup_touch(std::string_view id) override {
    return call({"GETEX", id, "EX", "3600"}, "$7\r\nsession\r\n");
  }
  bool remove(std::string_view id) override { return call({"DEL", id}, ":1\r\n"); }

 private:
  // One command, one answer: the caller cannot go on without it.
  bool call(std::initializer_list<std::string_view> words, std::string_view expected) {
    request_ = "*" + std::to_string(words.size()) + "\r\n";
    for (const std::string_view word : words) {
      request_ += "$" + std::to_string(word.size()) + "\r\n";
      request_.append(word).append("\r\n");
    }
    if (!good_ || send(socket_, request_.data(), request_.size(), MSG_NOSIGNAL) < 0) return good_ = false;
    char answer[128];
    size_t have = 0;
    while (have < expected.size()) {
      const ssize_t got = recv(socket_, answer + have, sizeof answer - have, 0);
      if (got <= 0) return good_ = false;
      have += static_cast<size_t>(got);
      if (answer[0] == '-') return false;
    }
    return std::string_view(answer, have) == expected;
  }
  int socket_;
  uint64_t next_;
  bool good_ = false;
  std::string request_;
};

struct Plan {
  uint32_t sessions, workers, operations;
};

void work(Subject& subject, Shared& shared, const Plan& plan, uint32_t worker) {
  const uint32_t share = plan.sessions / plan.workers, first = worker * share;
  const auto id = [&shared](uint32_t number) { return shared.ids + uint64_t{number} * kIdLength; };
  uint64_t random = worker + 1, errors = 0;
  for (int phase = 0; phase < kPhases; phase++) {
    shared.arrived[phase].fetch_add(1);
    while (shared.arrived[phase].load() < plan.workers) std::this_thread::yield();
    const uint32_t count = phase == 1 ? plan.operations / plan.workers : share;
    const auto began = std::chrono::steady_clock::now();
    for (uint32_t n = 0; n < count; n++) {
      bool good = false;
      if (phase == 0) {
        good = subject.create(id(first + n));
      } else if (phase == 1) {
        random = random * 6364136223846793005ull + 1442695040888963407ull;
        good = subject.lookup_touch({id(static_cast<uint32_t>((random >> 33) % (share * plan.workers))), kIdLength});
      } else {
        good = subject.remove({id(first + n), kIdLength});
      }
      errors += !good;
    }
    const auto took = std::chrono::steady_clock::now() - began;
    shared.nanoseconds[phase].fetch_add(
        static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(took).count()));
  }
  shared.errors.fetch_add(errors);
}

void in_processes(uint32_t workers, const std::function<void(uint32_t)>& body, Shared& shared) {
  std::vector<pid_t> children;
  for (uint32_t worker = 0; worker < workers; worker++) {
    const pid_t child = fork();
    if (child == 0) {
      body(worker);
      _exit(0);
    }
    children.push_back(child);
  }
  for (const pid_t child : children) {
    int status = 0;
    waitpid(child, &status, 0);
    if (status != 0) shared.errors.fetch_add(1);
  }
}

}  // namespace

int main(int argc, char** argv) {
  const bench::Options options(argc, argv, {{"what", "store"},
                                            {"sessions", "1000000"},
                                            {"workers", "2"},
                                            {"operations", "2000000"},
                                            {"port", "0"}});
  const Plan plan{static_cast<uint32_t>(options.number("sessions")), static_cast<uint32_t>(options.number("workers")),
                  static_cast<uint32_t>(options.number("operations"))};
  auto arena = navajo::shm::Arena::create(sizeof(Shared) + uint64_t{plan.sessions} * kIdLength + 4096);
  if (!arena.ok() || plan.workers == 0) return 1;
  const size_t room = sizeof(Shared) + uint64_t{plan.sessions} * kIdLength;
  auto* shared = static_cast<Shared*>(arena->allocate(room, 64, "bench"));
  const std::string& what = options.text("what");
  if (what == "store") {
    // Room for all of them below 90 %.
    auto store = LocalSessionStore::open({.name = "bench", .memory_size = uint64_t{plan.sessions} * 160 + (8 << 20)});
    if (!store.ok()) {
      fprintf(stderr, "%s\n", store.error().text.c_str());
      return 1;
    }
    in_processes(plan.workers, [&](uint32_t worker) {
      StoreSubject subject(**store);
      work(subject, *shared, plan, worker);
    }, *shared);
  } else if (what == "map") {
    PlainMap map;
    std::vector<std::thread> threads;
    for (uint32_t worker = 0; worker < plan.workers; worker++)
      threads.emplace_back([&, worker] {
        MapSubject subject(map);
        work(subject, *shared, plan, worker);
      });
    for (std::thread& thread : threads) thread.join();
  } else if (what == "redis") {
    in_processes(plan.workers, [&](uint32_t worker) {
      RedisSubject subject(static_cast<uint16_t>(options.number("port")), worker + 1);
      work(subject, *shared, plan, worker);
    }, *shared);
  } else {
    fprintf(stderr, "what is store, map or redis\n");
    return 2;
  }
  printf("{\"errors\": %llu", static_cast<unsigned long long>(shared->errors.load()));
  for (int phase = 0; phase < kPhases; phase++) {
    const double count = phase == 1 ? plan.operations : plan.sessions;
    printf(", \"%s\": %.1f", kPhaseNames[phase], static_cast<double>(shared->nanoseconds[phase].load()) / count);
  }
  printf("}\n");
  return 0;
}
