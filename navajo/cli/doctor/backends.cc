#include "navajo/cli/doctor/backends.h"

#include <netdb.h>

#include <algorithm>
#include <condition_variable>
#include <cstring>
#include <memory>
#include <mutex>
#include <set>
#include <span>
#include <thread>

#include "navajo/config/text.h"
#include "navajo/files/http_date.h"
#include "navajo/mitm/certificate_parts.h"
#include "navajo/tls/client_params.h"
#include "navajo/tls/peer_certificate.h"

namespace navajo::cli::doctor {
namespace {

using inventory::BackendUse;
using std::chrono::milliseconds;

constexpr time_t kLittleTime = 21 * 86400;
constexpr milliseconds kWaitForDate{2000};

// What a thread finds out. It may outlive the one who asked: getaddrinfo(3) knows no deadline.
struct Board {
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<std::vector<Finding>> results;  // by job; empty: not done
  size_t done = 0;
};

bool resolve(const BackendUse& use, std::vector<reactor::Endpoint>& endpoints, Findings& findings) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int error = getaddrinfo(use.host.c_str(), std::to_string(use.port).c_str(), &hints, &found);
  if (error != 0) {
    findings.fault("dns", use.what + ": " + use.host + ": " + gai_strerror(error),
                   "correct the name, or /etc/resolv.conf");
    return false;
  }
  for (const addrinfo* one = found; one; one = one->ai_next) {
    reactor::Endpoint endpoint;
    memcpy(&endpoint.address, one->ai_addr, one->ai_addrlen);
    endpoint.length = one->ai_addrlen;
    endpoints.push_back(endpoint);
  }
  freeaddrinfo(found);
  if (!reactor::parse_address(use.host, use.port))
    findings.ok("dns", use.host + " has " + std::to_string(endpoints.size()) + " address" +
                           (endpoints.size() == 1 ? "" : "es") + ", " + endpoints.front().text());
  return !endpoints.empty();
}

// True: it has shaken hands.
bool shake_hands(const BackendUse& use, const inventory::Component& component, tls::Stream& stream,
                 reactor::Deadline deadline, time_t now, Findings& findings) {
  const auto refused = [&](const std::string& text, const std::string& advice) {
    findings.fault("tls", text, advice);
    return false;
  };
  config::Diagnostics ignored;
  const config::Params params(component.owner(), component.where, component.specs, component.values, ignored,
                              config::UnknownNames::notice);
  const auto context = tls::read_client_context(params, use.tls_prefix, component.web_inf);
  const std::string name = use.what + ": " + use.text;
  if (!context) return refused(name + ": its TLS settings are wrong", "`navajo check` tells what");
  const tls::Handshake done = context->handshake(stream, {use.host, use.text}, deadline);
  if (!done.ok())
    return refused(name + ": " + (done.text.empty() ? "no handshake in time" : done.text),
                   done.outcome == tls::Handshake::Outcome::certificate_refused
                       ? "name who vouches for it in " + use.tls_prefix + "CACertificateFile, or its name in " +
                             use.tls_prefix + "ServerName"
                       : "see whether it speaks TLS on that port, and which versions");
  const auto certificate = tls::peer_certificate(stream.ssl());
  const time_t until = certificate ? mitm::seconds_of(X509_get0_notAfter(certificate.get())) : 0;
  const time_t days = (until - now) / 86400;
  if (certificate && until - now < kLittleTime)
    findings.warning("tls", name + ": its certificate expires in " + std::to_string(days) + " days",
                     "tell who runs the backend");
  else
    findings.ok("tls", name + ": " + tls::facts_of(stream.ssl()).protocol + ", certificate valid for " +
                           std::to_string(days) + " days");
  return true;
}

// Whoever gives no answer to this may still answer requests that it knows: nothing is said of it then.
void compare_clocks(const BackendUse& use, tls::Stream& stream, reactor::Deadline deadline, Findings& findings) {
  constexpr size_t kLargestHead = 16 * 1024;
  const std::string request = "HEAD / HTTP/1.1\r\nHost: " + use.text +
                              "\r\nUser-Agent: navajo-doctor\r\nAccept: */*\r\nConnection: close\r\n\r\n";
  if (!stream.write(std::span<const char>(request), deadline).ok()) return;
  std::string head;
  char piece[4096];
  while (head.find("\r\n\r\n") == head.npos && head.size() < kLargestHead) {
    const reactor::IoResult got = stream.read(piece, deadline);
    if (!got.ok() || got.bytes == 0) break;
    head.append(piece, got.bytes);
  }
  judge_date(use.what + ": " + use.text, head, time(nullptr), findings);
}

void try_backend(const BackendUse& use, const inventory::Component* component, milliseconds patience, time_t now,
                 Findings& findings) {
  const auto deadline = reactor::Deadline::after(patience);
  std::vector<reactor::Endpoint> endpoints;
  if (!resolve(use, endpoints, findings)) return;
  tls::Stream stream;
  reactor::IoResult connected;
  for (const reactor::Endpoint& endpoint : endpoints) {
    connected = stream.socket().connect(endpoint, deadline);
    if (connected.ok()) break;
    stream.close();
  }
  if (!connected.ok())
    return findings.fault("backends", use.what + ": " + use.text + ": " + connected.what(),
                          "start it, or open the way to it");
  bool speaks = true;
  if (use.tls && component)
    speaks = shake_hands(use, *component, stream, deadline, now, findings);
  else
    findings.ok("backends", use.what + ": " + use.text + " takes connections");
  if (speaks && use.http)
    compare_clocks(use, stream, reactor::Deadline::after(kWaitForDate).earlier(deadline), findings);
  stream.close();
}

}  // namespace

void judge_date(const std::string& name, std::string_view head, time_t now, Findings& findings) {
  constexpr time_t kMuch = 30;
  while (!head.empty()) {
    const size_t end = std::min(head.find("\r\n"), head.size());
    const std::string_view line = head.substr(0, end);
    head.remove_prefix(std::min(end + 2, head.size()));
    if (line.size() < 5 || !config::same_word(line.substr(0, 5), "Date:")) continue;
    const auto date = files::parse_http_date(config::trim(line.substr(5)));
    if (!date) return;
    const time_t ahead = *date - now;
    if (ahead > kMuch || ahead < -kMuch)
      return findings.warning("clock",
                              name + ": its clock is " + std::to_string(ahead < 0 ? -ahead : ahead) + " s " +
                                  (ahead < 0 ? "behind" : "ahead of") + " ours",
                              "have both follow a time server: ends of sessions, tokens and cached pages depend on it");
    return findings.ok("clock", name + ": its clock is within " + std::to_string(kMuch) + " s of ours");
  }
}

void look_at_backends(const inventory::Inventory& inventory, milliseconds patience, time_t now, Findings& findings) {
  // A copy: threads that are left behind look at it.
  const auto kept = std::make_shared<const inventory::Inventory>(inventory);
  const auto board = std::make_shared<Board>();
  std::vector<const BackendUse*> jobs;
  std::set<std::string> seen;
  for (const BackendUse& use : kept->backends)
    if (!use.host.starts_with("unix:") && seen.insert(use.what + "\n" + use.text).second) jobs.push_back(&use);
  board->results.resize(jobs.size());
  for (size_t i = 0; i < jobs.size(); i++) {
    std::thread([kept, board, i, use = jobs[i], patience, now] {
      Findings own;
      const inventory::Component* const component =
          use->component < kept->components.size() ? &kept->components[use->component] : nullptr;
      try_backend(*use, component, patience, now, own);
      const std::lock_guard lock(board->mutex);
      board->results[i] = own.all();
      board->done++;
      board->changed.notify_all();
    }).detach();
  }
  std::unique_lock lock(board->mutex);
  // A little more than they have: who keeps the time tells better than who is cut off.
  board->changed.wait_for(lock, patience + milliseconds(500), [&] { return board->done == jobs.size(); });
  for (size_t i = 0; i < jobs.size(); i++) {
    if (board->results[i].empty())
      findings.fault(
          "dns",
          jobs[i]->what + ": " + jobs[i]->host + ": no answer within " + std::to_string(patience.count()) + " ms",
          "see whether the name servers of /etc/resolv.conf answer");
    for (const Finding& one : board->results[i]) {
      if (one.health == Health::ok)
        findings.ok(one.area, one.text);
      else if (one.health == Health::warning)
        findings.warning(one.area, one.text, one.advice);
      else
        findings.fault(one.area, one.text, one.advice);
    }
  }
}

}  // namespace navajo::cli::doctor
