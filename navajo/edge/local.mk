libnavajo_la_SOURCES += \
	%D%/backend_dialer.cc \
	%D%/backend_dialer.h \
	%D%/passage.cc \
	%D%/passage.h \
	%D%/tcp_connector.cc \
	%D%/tcp_connector.h
