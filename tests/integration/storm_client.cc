// Connects and goes away again, very often: close, RST, half a request, a request and RST, in turn.
//   storm_client PORT CONNECTIONS PARALLEL
// Prints what it did; ends with 1 when the server could not be reached. Sources vary within 127.0.0.0/8, since one
// address has too few ports for 200,000 connections.
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <string_view>
#include <thread>
#include <vector>

namespace {

std::atomic<long> next_number{0}, refused{0}, done{0};

void send_text(int fd, std::string_view text) {
  // The server may be gone already; that is its right.
  (void)!send(fd, text.data(), text.size(), MSG_NOSIGNAL);
}

void reset_on_close(int fd) {
  linger now{1, 0};
  setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
}

bool one_connection(uint16_t port, long number) {
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return false;
  sockaddr_in source{};
  source.sin_family = AF_INET;
  source.sin_addr.s_addr = htonl(0x7f000002u + static_cast<uint32_t>(number % 64));
  int on = 1;
  setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
  sockaddr_in target{};
  target.sin_family = AF_INET;
  target.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  target.sin_port = htons(port);
  if (bind(fd, reinterpret_cast<sockaddr*>(&source), sizeof source) != 0 ||
      connect(fd, reinterpret_cast<sockaddr*>(&target), sizeof target) != 0) {
    close(fd);
    return false;
  }
  switch (number % 4) {
    case 0:
      break;
    case 1:
      reset_on_close(fd);
      break;
    case 2:
      send_text(fd, "GET /storm HTTP/1.1\r\nHost: loc");
      break;
    default:
      send_text(fd, "GET /storm HTTP/1.1\r\nHost: localhost\r\n\r\n");
      reset_on_close(fd);
  }
  close(fd);
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    fprintf(stderr, "usage: storm_client PORT CONNECTIONS PARALLEL\n");
    return 2;
  }
  auto port = static_cast<uint16_t>(atoi(argv[1]));
  long connections = atol(argv[2]);
  std::vector<std::thread> threads;
  for (int i = 0; i < atoi(argv[3]); ++i) {
    threads.emplace_back([port, connections] {
      for (long number; (number = next_number++) < connections;) {
        if (one_connection(port, number)) {
          ++done;
        } else {
          ++refused;
        }
      }
    });
  }
  for (auto& thread : threads) thread.join();
  printf("%ld connected, %ld refused\n", done.load(), refused.load());
  return refused.load() == 0 ? 0 : 1;
}
