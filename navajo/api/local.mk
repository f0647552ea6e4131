libnavajo_la_SOURCES += \
	%D%/request.h \
	%D%/response.h \
	%D%/servlet.h
