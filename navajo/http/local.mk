libnavajo_la_SOURCES += \
	%D%/headers.cc \
	%D%/headers.h
