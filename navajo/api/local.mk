libnavajo_la_SOURCES += \
	%D%/fakes.h \
	%D%/request.h \
	%D%/response.h \
	%D%/servlet.h \
	%D%/status_source.cc \
	%D%/status_source.h
