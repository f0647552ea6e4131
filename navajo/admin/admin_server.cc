#include "navajo/admin/admin_server.h"

#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>

#include "navajo/admin/line.h"
#include "navajo/observe/log.h"

namespace navajo::admin {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kPause{1};  // between two steps of an answer: others want the processor and the store, too
constexpr milliseconds kAfterFailure{200};
constexpr int kNice = 10;

void say_no_server(const char* why) {
  observe::log(observe::id::admin_socket_failed, "this child does not answer on the admin socket: %s", why);
}

}  // namespace

struct AdminServer::Client {
  Client(int descriptor, const Peer& who, Clock::time_point now, const AdminServerOptions& options)
      : fd(descriptor), peer(who), deadline(now + options.patience), ends_at(now + options.longest) {}
  ~Client() { close(fd); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  bool has_to_send() const { return sent < out.size(); }
  short events() const { return static_cast<short>(!answer ? POLLIN : has_to_send() ? POLLOUT : 0); }
  bool pauses() const { return answer && !has_to_send(); }

  const int fd;
  const Peer peer;
  Clock::time_point deadline;  // for the request, then for the next byte it takes
  const Clock::time_point ends_at;
  std::string in, out;
  size_t sent = 0;  // of out
  std::unique_ptr<Answer> answer;
  bool complete = false;  // the answer has nothing more
};

AdminServer::AdminServer(AdminServerOptions options, int wake) : options_(std::move(options)), wake_(wake) {}

std::unique_ptr<AdminServer> AdminServer::start(AdminServerOptions options) {
  const int wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (wake < 0) {
    say_no_server(strerror(errno));
    return nullptr;
  }
  std::unique_ptr<AdminServer> server(new AdminServer(std::move(options), wake));
  // httpd's signals are for its own threads.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  try {
    server->thread_ = std::thread([raw = server.get()] { raw->run(); });
  } catch (const std::system_error& error) {
    say_no_server(error.what());
    server.reset();
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return server;
}

AdminServer::~AdminServer() {
  end(milliseconds(0));
  close(wake_);
}

void AdminServer::notify() const {
  const uint64_t one = 1;
  // Full is as good: it is readable then.
  (void)!write(wake_, &one, sizeof one);
}

void AdminServer::stop_accepting() {
  accepting_.store(false);
  notify();
}

void AdminServer::end(milliseconds limit) {
  accepting_.store(false);
  ends_at_.store(Clock::now() + limit);
  notify();
  if (thread_.joinable()) thread_.join();
}

// ---------------------------------------------------------------- the thread

void AdminServer::run() {
  // Linux: of this thread alone.
  (void)setpriority(PRIO_PROCESS, 0, kNice);
  std::vector<pollfd> polled;
  for (bool goes_on = true; goes_on;) {
    try {
      goes_on = serve_once(polled);
    } catch (const std::bad_alloc&) {
      clients_.clear();
    }
  }
  clients_.clear();
}

bool AdminServer::serve_once(std::vector<pollfd>& polled) {
  const Clock::time_point now = Clock::now(), ends_at = ends_at_.load();
  if (now >= ends_at || (ends_at != Clock::time_point::max() && clients_.empty())) return false;
  const bool accepts = accepting_.load() && clients_.size() < options_.max_clients;
  Clock::time_point next = ends_at;
  polled.assign({{wake_, POLLIN, 0}, {accepts && now >= accepts_again_ ? options_.listener : -1, POLLIN, 0}});
  if (accepts && now < accepts_again_) next = std::min(next, accepts_again_);
  for (const auto& client : clients_) {
    polled.push_back({client->fd, client->events(), 0});
    next = std::min({next, client->deadline, client->ends_at});
    if (client->pauses()) next = std::min(next, now + kPause);
  }
  int timeout = -1;
  if (next != Clock::time_point::max())
    timeout = static_cast<int>(std::max<int64_t>(0, std::chrono::ceil<milliseconds>(next - now).count()));
  if (poll(polled.data(), polled.size(), timeout) < 0) return true;  // EINTR, or no memory for the moment
  const Clock::time_point then = Clock::now();
  uint64_t ignored;
  if (polled[0].revents) (void)!read(wake_, &ignored, sizeof ignored);
  size_t kept = 0;
  for (size_t i = 0; i < clients_.size(); i++) {
    // Those that were accepted below are not among the polled ones.
    if (attend(*clients_[i], polled[i + 2].revents, then)) std::swap(clients_[kept++], clients_[i]);
  }
  clients_.resize(kept);
  if (polled[1].revents) accept_clients(then);
  return true;
}

void AdminServer::accept_clients(Clock::time_point now) {
  while (clients_.size() < options_.max_clients) {
    const int fd = accept4(options_.listener, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0) {
      if (errno == EINTR || errno == ECONNABORTED) continue;
      // Another child was faster; or there are no descriptors, which is no better at once.
      if (errno != EAGAIN) accepts_again_ = now + kAfterFailure;
      return;
    }
    ucred who{};
    socklen_t length = sizeof who;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &length) != 0) {
      close(fd);
      continue;
    }
    clients_.push_back(std::make_unique<Client>(fd, Peer{who.pid, who.uid}, now, options_));
  }
}

bool AdminServer::attend(Client& client, short events, Clock::time_point now) const {
  if (now >= client.deadline || now >= client.ends_at) {
    observe::log(observe::id::admin_client_cut, "admin client, process %ld of user %lu, is cut: it %s",
                 static_cast<long>(client.peer.process), static_cast<unsigned long>(client.peer.user),
                 client.answer ? "does not read its answer" : "has sent no whole request");
    return false;
  }
  if (events & (POLLERR | POLLHUP | POLLNVAL)) {
    // What it had sent before it went may be there still; nobody waits for the answer.
    return false;
  }
  if (!client.answer) return !(events & POLLIN) || read_request(client);
  if (client.has_to_send() && !(events & POLLOUT)) return true;
  return write_answer(client, now);
}

bool AdminServer::read_request(Client& client) const {
  char piece[kMaxLine];
  const ssize_t length = recv(client.fd, piece, sizeof piece, 0);
  if (length < 0) return errno == EAGAIN || errno == EINTR;
  if (length == 0) return false;
  client.in.append(piece, static_cast<size_t>(length));
  const size_t end = client.in.find('\n');
  if (end != std::string::npos)
    client.answer = answer(std::string_view(client.in).substr(0, end), options_.stores, client.peer, options_.rules,
                           options_.routers, options_.limits.get());
  else if (client.in.size() > kMaxLine)
    client.answer = refusal("bad_request", "the request is too long");
  return true;
}

bool AdminServer::write_answer(Client& client, Clock::time_point now) const {
  if (!client.has_to_send()) {
    if (client.complete) return false;
    client.out.clear();
    client.sent = 0;
    client.complete = !client.answer->more(client.out);
    // It walked on and found nothing to tell: that is no fault of the client's.
    client.deadline = now + options_.patience;
  }
  while (client.has_to_send()) {
    const ssize_t length =
        send(client.fd, client.out.data() + client.sent, client.out.size() - client.sent, MSG_NOSIGNAL);
    if (length < 0 && errno == EINTR) continue;
    if (length < 0) return errno == EAGAIN;
    client.sent += static_cast<size_t>(length);
    client.deadline = now + options_.patience;
  }
  return !client.complete;
}

}  // namespace navajo::admin
