libnavajo_la_SOURCES += \
	%D%/diagnostics.h \
	%D%/params.h
