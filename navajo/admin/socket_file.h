// The admin socket in the run directory: whoever may write to it is an administrator, nobody else decides. Made by
// the parent under a name of its own and moved into place with the right mode, so that at no moment anybody else can
// connect and a file that a killed server left is replaced. A path may be longer than a socket address: it is reached
// through its folder. One thread (configuration).
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

#include "navajo/base/result.h"

namespace navajo::admin {

// Its name in the run directory.
inline constexpr char kSocketFileName[] = "admin.sock";

struct ListeningSocket {
  int fd = -1;      // non-blocking, close-on-exec; the caller's
  ino_t inode = 0;  // of the file
};

// group: whose members may connect besides the owner.
base::Result<ListeningSocket> listen_at(const std::string& path, std::optional<gid_t> group);
// Of one that is there already.
base::Status<> set_access(const std::string& path, std::optional<gid_t> group);
// The file is still the one that was made.
bool leads_to(const std::string& path, ino_t inode);
// Removes it if it is.
void remove_socket(const std::string& path, ino_t inode);

// A connection to it (blocking); the error is what the system said.
base::Result<int> connect_to(const std::string& path);

}  // namespace navajo::admin
