libnavajo_la_SOURCES += \
	%D%/error_text.cc \
	%D%/error_text.h \
	%D%/handles.h \
	%D%/stream.cc \
	%D%/stream.h
