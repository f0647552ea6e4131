include tests/guards/local.mk
include tests/integration/local.mk
include tests/bench/local.mk
include tests/fuzz/local.mk
EXTRA_DIST += %D%/demo/demo.py %D%/summary.py %D%/unity.py
