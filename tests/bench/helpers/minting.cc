// What minted certificates cost: microseconds per new host and per known one, handshakes, and bytes per certificate
// that is kept, all included (this process's and the shared memory). Prints one line per figure.
//
//   minting [--ca rsa3072] [HOSTS]...
#include <openssl/pem.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "navajo/mitm/interceptor.h"
#include "navajo/mitm/make_ca.h"

using namespace navajo::mitm;

namespace {

enum class Count { all, own };

// With shared memory, or without it.
size_t resident_bytes(Count count) {
  std::ifstream statm("/proc/self/statm");
  size_t pages = 0, resident = 0, shared = 0;
  statm >> pages >> resident >> shared;
  return (count == Count::own ? resident - shared : resident) * static_cast<size_t>(sysconf(_SC_PAGESIZE));
}

double cpu_seconds() {
  timespec time;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

[[noreturn]] void fail(const std::string& text) {
  fprintf(stderr, "minting: %s\n", text.c_str());
  exit(1);
}

std::string write(const std::string& path, const navajo::tls::BioHandle& from) {
  char* text = nullptr;
  const long length = BIO_get_mem_data(from.get(), &text);
  std::ofstream(path, std::ios::binary).write(text, length);
  chmod(path.c_str(), 0600);
  return path;
}

MintOptions options_with_ca(const std::string& folder, CaWish::Key key) {
  CaWish wish;
  wish.common_name = "Bench CA";
  wish.key = key;
  const auto ca = make_ca(wish, time(nullptr));
  if (!ca.ok()) fail(ca.error().text);
  const navajo::tls::BioHandle certificate(BIO_new(BIO_s_mem())), secret(BIO_new(BIO_s_mem()));
  PEM_write_bio_X509(certificate.get(), ca->certificate.get());
  PEM_write_bio_PKCS8PrivateKey(secret.get(), ca->key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  MintOptions options;
  options.ca_certificate = write(folder + "/ca.pem", certificate);
  options.ca_key = write(folder + "/ca.key", secret);
  options.mints_per_second = options.burst = options.mints_per_second_per_client = options.burst_per_client = 10000;
  return options;
}

std::string host(int number) { return "www" + std::to_string(number) + ".customer-of-ours.example.com"; }

class Bench {
 public:
  explicit Bench(const MintOptions& options) {
    auto made = Interceptor::make(options);
    if (!made.ok()) fail(made.error().text);
    interceptor_ = std::move(*made);
  }

  navajo::tls::SslHandle ssl(int number, bool ecdsa = true) {
    const std::string name = host(number);
    auto made = interceptor_->ssl_for({.name = name, .client = "192.0.2.1", .ecdsa = ecdsa},
                                      std::chrono::steady_clock::now());
    if (!made.ok()) fail("refused");
    return std::move(*made);
  }

  // Both ends in this process: what a client does is part of it.
  double handshakes(int count, bool known) {
    navajo::tls::SslContextHandle client(SSL_CTX_new(TLS_client_method()));
    const double before = cpu_seconds();
    for (int i = 0; i < count; i++) {
      const navajo::tls::SslHandle server = ssl(known ? 0 : 2'000'000 + i);
      const navajo::tls::SslHandle other(SSL_new(client.get()));
      BIO *near = nullptr, *far = nullptr;
      if (BIO_new_bio_pair(&near, 0, &far, 0) != 1) fail("no pair");
      SSL_set_bio(server.get(), near, near);
      SSL_set_bio(other.get(), far, far);
      SSL_set_accept_state(server.get());
      SSL_set_connect_state(other.get());
      for (int turn = 0; turn < 10; turn++) {
        SSL_do_handshake(other.get());
        SSL_do_handshake(server.get());
      }
      if (!SSL_is_init_finished(server.get()) || !SSL_is_init_finished(other.get())) fail("no handshake");
    }
    return (cpu_seconds() - before) * 1e6 / count;
  }

  // One child mints them, and this process finds them.
  void memory(int hosts) {
    const pid_t child = fork();
    if (child == 0) {
      printf("%d hosts, the child that mints: ", hosts);
      measure(hosts, [] { return resident_bytes(Count::all); });
      fflush(stdout);
      _exit(0);
    }
    int status = 0;
    if (child < 0 || waitpid(child, &status, 0) != child || status != 0) fail("no child");
    printf("%d hosts, a process that finds them: ", hosts);
    measure(hosts, [] { return resident_bytes(Count::own); });
  }

 private:
  template <class Bytes>
  void measure(int hosts, Bytes bytes) {
    (void)ssl(0);
    const size_t before = bytes();
    const double begun = cpu_seconds();
    for (int i = 1; i <= hosts; i++) (void)ssl(i);
    const double first = (cpu_seconds() - begun) * 1e6 / hosts;
    const size_t after = bytes();
    const double again = cpu_seconds();
    const int some = std::min(hosts, 500);
    for (int i = hosts; i > hosts - some; i--) (void)ssl(i);
    const double known = (cpu_seconds() - again) * 1e6 / some;
    printf("%.1f us each, %.1f us again, %.0f bytes each\n", first, known, static_cast<double>(after - before) / hosts);
    fflush(stdout);
  }

  std::shared_ptr<Interceptor> interceptor_;
};

}  // namespace

int main(int argc, char** argv) {
  CaWish::Key key = CaWish::Key::ecdsa;
  std::vector<int> counts;
  for (int i = 1; i < argc; i++) {
    const std::string word = argv[i];
    if (word == "--ca" && i + 1 < argc)
      key = std::string(argv[++i]) == "rsa3072" ? CaWish::Key::rsa3072 : CaWish::Key::ecdsa;
    else
      counts.push_back(atoi(argv[i]));
  }
  if (counts.empty()) counts = {1000, 5000};
  char folder[] = "/tmp/navajo-minting-XXXXXX";
  if (!mkdtemp(folder)) fail("no temporary folder");
  MintOptions options = options_with_ca(folder, key);
  for (const int count : counts) {
    options.cache_size = static_cast<size_t>(count) * 5 / 4;
    Bench bench(options);
    bench.memory(count);
  }
  Bench bench(options);
  const double known = bench.handshakes(500, true), fresh = bench.handshakes(500, false);
  printf("handshake, both ends: %.1f us with a known certificate, %.1f us with a new one: %.1f us added\n", known,
         fresh, fresh - known);
  unlink(options.ca_certificate.c_str());
  unlink(options.ca_key.c_str());
  rmdir(folder);
  return 0;
}
