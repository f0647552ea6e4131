// What ${exec:COMMAND} stands for: the first line a shell command writes to its standard output. Run by /bin/sh -c in a
// process group of its own, with /dev/null as input, none of our descriptors and default signals; the whole group is
// killed when the time is up. Once per configuration for equal commands, where a ReadingScope (config/file_text.h)
// keeps what came; a configuration that is made again from its record gets the recorded line and runs nothing.
// Parent, one thread, while the configuration is read. The line may be a secret: it goes into no message.
#pragma once

#include <chrono>
#include <string>

#include "navajo/base/result.h"

namespace navajo::config {

// The error says why: exit status, signal, time, nothing written; with the first line of standard error.
base::Result<std::string> command_output(const std::string& command,
                                         std::chrono::milliseconds limit = std::chrono::seconds(10));

}  // namespace navajo::config
