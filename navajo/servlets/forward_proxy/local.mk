libnavajo_la_SOURCES += \
	%D%/forward_proxy_servlet.cc \
	%D%/forward_proxy_servlet.h
EXTRA_DIST += %D%/README.md %D%/example.xml
