libnavajo_la_SOURCES += \
	%D%/one_way.cc \
	%D%/one_way.h \
	%D%/relay_buffer.cc \
	%D%/relay_buffer.h \
	%D%/tunnel.cc \
	%D%/tunnel.h \
	%D%/tunnel_end.cc \
	%D%/tunnel_end.h \
	%D%/tunnel_slots.cc \
	%D%/tunnel_slots.h \
	%D%/turn.cc \
	%D%/turn.h
