// Holds many tunnels in one state and says what they cost: heap and resident memory of each, the reactor's processor
// time, its wake-ups, the threads of the process. The ends are played by a child process, so that only tunnels count.
//   tunnels --tunnels 1000 --seconds 10 --tls 0 --half-closed 1
// One line of JSON. Memory is glibc's own count: run it without another allocator.
#include <malloc.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "navajo/reactor/reactor.h"
#include "navajo/reactor/thread_times.h"
#include "navajo/tunnel/tunnel_fixture.h"
#include "tests/bench/helpers/options.h"

using namespace navajo;
using tunnel::Peer;
using tunnel::Tunnel;
using std::chrono::seconds;

namespace {

struct Work {
  size_t tunnels;
  long seconds_held;
  int version;
  bool half_closed;
};
struct Pairs {
  tunnel::SocketPair client, origin;
};

// The child: both ends of all tunnels, in the order in which they are opened; then silence until the parent is done.
[[noreturn]] void play_ends(const Work& work, const std::vector<Pairs>& pairs, int parent) {
  std::vector<std::unique_ptr<Peer>> peers;
  for (const Pairs& pair : pairs) {
    close(pair.client.ours);
    close(pair.origin.ours);
    peers.push_back(std::make_unique<Peer>(pair.client.theirs, tls::Role::client, work.version));
    Peer& client = *peers.back();
    peers.push_back(std::make_unique<Peer>(pair.origin.theirs, tls::Role::server, work.version));
    Peer& origin = *peers.back();
    if (!client.handshake() || !origin.handshake()) _exit(1);
    client.send("ping");
    if (origin.read(4) != "ping") _exit(1);
    origin.send("pong");
    if (client.read(4) != "pong") _exit(1);
    if (!work.half_closed) continue;
    client.finish();
    if (!origin.sees_end()) _exit(1);
  }
  char byte;
  (void)!read(parent, &byte, 1);
  _exit(0);
}

size_t heap() { return mallinfo2().uordblks + mallinfo2().hblkhd; }
size_t resident() {
  std::ifstream file("/proc/self/statm");
  size_t total = 0, pages = 0;
  file >> total >> pages;
  return pages * static_cast<size_t>(sysconf(_SC_PAGESIZE));
}
size_t threads() {
  const std::filesystem::directory_iterator tasks("/proc/self/task");
  return static_cast<size_t>(std::distance(begin(tasks), end(tasks)));
}

class Holder : public Tunnel::Owner {
 public:
  Holder(const Work& work, const std::vector<Pairs>& pairs) : work_(work), pairs_(pairs) {}
  void run() {
    // A fiber begins at once, and the reactor is this thread's only while it runs.
    struct Start : reactor::Reactor::Message {
      Holder* holder;
    } start;
    start.holder = this;
    start.run = [](reactor::Reactor::Message* message) {
      Holder* self = static_cast<Start*>(message)->holder;
      if (!self->reactor_.spawn([](void* holder) { static_cast<Holder*>(holder)->hold(); }, self)) exit(1);
    };
    reactor_.post(start);
    reactor_.run();
  }
  void tunnel_ended(Tunnel&) override { ended_++; }

 private:
  struct One {
    tls::Stream client;
    std::unique_ptr<Tunnel> tunnel;
  };

  void shake(tls::Stream& stream, tls::Role role) {
    if (work_.version == tunnel::kPlain) return;
    tls::SslHandle ssl(SSL_new(tunnel::context_of(role, work_.version)));
    if (!stream.handshake(std::move(ssl), role, reactor::Deadline::after(seconds(10))).ok()) exit(1);
  }
  void open(One& one, const Pairs& pair) {
    auto origin = std::make_unique<tls::Stream>();
    if (!one.client.socket().adopt(pair.client.ours).ok() || !origin->socket().adopt(pair.origin.ours).ok()) exit(1);
    shake(one.client, tls::Role::server);
    shake(*origin, tls::Role::client);
    const tunnel::TunnelLimits limits{.half_closed = std::chrono::hours(1)};
    one.tunnel = std::make_unique<Tunnel>(one.client, std::move(origin), limits, *this);
    one.tunnel->start();
  }
  size_t in_state() const {
    size_t count = 0;
    const auto wanted = work_.half_closed ? Tunnel::State::half_closed_client : Tunnel::State::open;
    for (const auto& one : all_) count += one->tunnel->state() == wanted && one->tunnel->bytes_down() == 4;
    return count;
  }
  void hold() {
    all_.reserve(pairs_.size());
    size_t heap_before = 0, resident_before = 0, first = 0;
    for (const Pairs& pair : pairs_) {
      // The first of them also pays for what all share: tables, free buffers, OpenSSL's own.
      if (++first == 33) {
        reactor::sleep_until(reactor::Deadline::after(seconds(1)));
        heap_before = heap();
        resident_before = resident();
      }
      all_.push_back(std::make_unique<One>());
      open(*all_.back(), pair);
    }
    while (in_state() < all_.size() && ended_ == 0)
      reactor::sleep_until(reactor::Deadline::after(std::chrono::milliseconds(100)));
    reactor::sleep_until(reactor::Deadline::after(seconds(1)));
    const size_t counted = all_.size() - 32;
    const size_t heap_after = heap(), resident_after = resident();
    const auto cpu = reactor::thread_cpu_time(reactor_.thread_id());
    const uint64_t events = reactor_.stats().events.load(), waits = reactor_.stats().epoll_waits.load();
    reactor::sleep_until(reactor::Deadline::after(seconds(work_.seconds_held)));
    const std::chrono::duration<double> used = reactor::thread_cpu_time(reactor_.thread_id()) - cpu;
    printf("{\"tunnels\": %zu, \"held\": %zu, \"own_bytes\": %zu, \"heap_bytes\": %.0f, \"resident_bytes\": %.0f, "
           "\"cpu_percent\": %.4f, \"events\": %llu, \"epoll_waits\": %llu, \"threads\": %zu}\n",
           all_.size(), in_state(), sizeof(Tunnel) + sizeof(tls::Stream),
           (static_cast<double>(heap_after) - static_cast<double>(heap_before)) / static_cast<double>(counted),
           (static_cast<double>(resident_after) - static_cast<double>(resident_before)) / static_cast<double>(counted),
           100 * used.count() / static_cast<double>(work_.seconds_held),
           static_cast<unsigned long long>(reactor_.stats().events.load() - events),
           static_cast<unsigned long long>(reactor_.stats().epoll_waits.load() - waits), threads());
    fflush(stdout);
    for (auto& one : all_) one->tunnel.reset();
    all_.clear();
    reactor_.stop(reactor::Deadline::after(seconds(1)));
  }

  const Work work_;
  const std::vector<Pairs>& pairs_;
  reactor::Reactor reactor_{reactor::ReactorOptions{}};
  std::vector<std::unique_ptr<One>> all_;
  size_t ended_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  const bench::Options options(argc, argv,
                               {{"tunnels", "1000"}, {"seconds", "10"}, {"tls", "0"}, {"half-closed", "0"}});
  const Work work{static_cast<size_t>(std::max(64L, options.number("tunnels"))),
                  std::max(1L, options.number("seconds")),
                  options.number("tls") ? TLS1_3_VERSION : tunnel::kPlain, options.number("half-closed") != 0};
  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  std::vector<Pairs> pairs(work.tunnels);
  for (Pairs& pair : pairs) pair = {tunnel::connected_pair(false), tunnel::connected_pair(false)};
  int channel[2];
  if (pipe(channel) != 0) return 1;
  const pid_t child = fork();
  if (child < 0) return 1;
  if (child == 0) {
    close(channel[1]);
    play_ends(work, pairs, channel[0]);
  }
  close(channel[0]);
  for (const Pairs& pair : pairs) {
    close(pair.client.theirs);
    close(pair.origin.theirs);
  }
  Holder(work, pairs).run();
  close(channel[1]);
  int status = 0;
  waitpid(child, &status, 0);
  return status == 0 ? 0 : 1;
}
