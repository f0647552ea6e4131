include tests/guards/local.mk
include tests/integration/local.mk
include tests/bench/local.mk
