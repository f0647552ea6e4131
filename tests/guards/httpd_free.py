"""navajo/ is a library without httpd: no header of httpd or APR is included there, directly or through modules/."""
import re

import guardlib

FORBIDDEN = re.compile(
    r"^(httpd|http_[a-z]+|ap_[a-z_0-9]+|apr|apr_[a-z_0-9]+|apu|apu_[a-z]+|util_[a-z0-9_]+|mod_[a-z0-9_]+|mpm_common"
    r"|scoreboard|unixd|heartbeat)\.h$")


def check(root):
    complaints = []
    for path in guardlib.sources(root, "navajo"):
        for line, _, name in guardlib.includes(path):
            base = name.rsplit("/", 1)[-1]
            if name.startswith("modules/") or (FORBIDDEN.match(base) and not name.startswith("navajo/")):
                complaints.append(f"{path.relative_to(root)}:{line}: includes {name}")
    return complaints


CLEAN = {"navajo/http/a.cc": '#include "navajo/http/a.h"\n#include <string>\n#include "navajo/api/http_date.h"\n'}
PLANTS = [
    guardlib.Plant("httpd.h", "a.cc:2", files={"navajo/http/a.cc": "\n#include <httpd.h>\n"}),
    guardlib.Plant("an APR header in quotes", "apr_pools.h", files={"navajo/x/b.h": '  # include "apr_pools.h"\n'}),
    guardlib.Plant("a header by a path", "http_core.h", files={"navajo/x/b.h": "#include <apache2/http_core.h>\n"}),
    guardlib.Plant("our own glue", "modules/", files={"navajo/x/b.cc": '#include "modules/mod_navajo/guard.h"\n'}),
]

if __name__ == "__main__":
    tree = guardlib.source_root()
    guardlib.finish("httpd_free", guardlib.prove(check, CLEAN, PLANTS), check(tree),
                    len(list(guardlib.sources(tree, "navajo"))))
