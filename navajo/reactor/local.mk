libnavajo_la_SOURCES += \
	%D%/current.h \
	%D%/descriptor.h \
	%D%/intrusive_list.h \
	%D%/offload.h \
	%D%/reactor.h \
	%D%/reactor.cc \
	%D%/resolver.h \
	%D%/socket.h \
	%D%/sync.h \
	%D%/timer.h \
	%D%/wait.h
